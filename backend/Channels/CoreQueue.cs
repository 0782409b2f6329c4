using System.Threading.Channels;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using YarpWs.Backend.Redis;
using YarpWs.Backend.Telemetry;
using YarpWs.Platform.Redis;
using YarpWs.Platform.Transport;

namespace YarpWs.Backend.Channels;

/// <summary>
/// Takes the messages that wait for this system in the core layer, in the order in which Redis got them. channels_redis looks how many wait before it adds one, and drops it
/// when they are <c>capacity</c>, so emptying the key fast is not enough: all that is sent in one turn of Redis' loop comes before any command that empties it. But whoever
/// waits for a message already is handed one between two commands. So there are as many connections that wait as a burst may have messages beyond <c>capacity</c>.
/// </summary>
/// <remarks>
/// A message that Redis hands over is in no key until it is put among those in flight; all others are moved there by a script. Behind each question stands that script: Redis
/// runs it, of itself, when the turn in which the question was answered ends, and numbers its runs, by which the answers of all connections come into one order again.
/// </remarks>
internal sealed class CoreQueue(
    ChannelNames names,
    RedisConnection redis,
    IOptions<RedisOptions> redisOptions,
    IOptions<ChannelsOptions> options,
    EventLoops loops,
    ILoggerFactory loggers,
    BackendMetrics metrics)
{
    /// <summary>Messages taken at once.</summary>
    private const int BatchSize = 100;

    /// <summary>On each connection, so that one waits already when the one before has its answer, or has waited for nothing.</summary>
    private const int Questions = 2;

    /// <summary>
    /// How long one question waits for a message. The questions of a reader that stands still have all run out when <see cref="ReaderLease.Lifetime"/> has passed, so that what
    /// comes then is the next reader's; and a reader that stops waits for all of its own.
    /// </summary>
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);

    /// <summary>How long the number of runs is kept for a reader that says nothing: longer than its questions wait.</summary>
    private static readonly TimeSpan NumberLifetime = TimeSpan.FromMinutes(1);

    private readonly RedisScript _take = RedisScript.OfResources("take.lua");
    private readonly RedisScript _keep = RedisScript.OfResources("keep.lua");
    private readonly ILogger<CoreQueue> _logger = loggers.CreateLogger<CoreQueue>();

    /// <summary>Takes until it is cancelled, or the lease is another's. Throws when Redis is away.</summary>
    public async Task TakeAsync(ReaderLease lease, ChannelWriter<TakenMessage> taken, CancellationToken cancellationToken)
    {
        // What the reader before this one has left, in its order. Whether it got into a log is not known.
        foreach (var left in await redis.Database.SortedSetRangeByScoreWithScoresAsync(names.InFlight, flags: CommandFlags.DemandMaster))
        {
            await taken.WriteAsync(new TakenMessage((byte[])left.Element!, left.Score, IsLeft: true), cancellationToken);
        }

        // The first run tells Redis the script as well, which is run by its digest from then on.
        var question = new Question(
            [names.Lease, names.OwnMessages, names.InFlight, names.Runs(Guid.NewGuid())], [lease.Holder, BatchSize, (long)NumberLifetime.TotalMilliseconds]);
        var first = new Answer(Popped: null, (RedisValue[]?)await _take.EvaluateAsync(redis.Database, question.Keys, question.Values));
        var links = await OpenAsync();
        try
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var answers = Channel.CreateBounded<Answer>(new BoundedChannelOptions(Questions * links.Count) { SingleReader = true });
            await answers.Writer.WriteAsync(first, cancellationToken);
            var passing = PassOnAsync(lease, answers.Reader, taken, ended);
            var asking = AskAsync(links, question, answers.Writer, ended);
            _logger.ChannelsReaderStarted();
            await Task.WhenAll(passing, asking);
        }
        finally
        {
            await Task.WhenAll(links.Select(link => link.DisposeAsync().AsTask()));
        }
    }

    /// <summary>As many as are wanted, or as Redis lets in.</summary>
    private async Task<IReadOnlyList<RedisLink>> OpenAsync()
    {
        var wanted = options.Value.BurstConnections;
        var settings = RedisConnection.Settings(redisOptions.Value);
        settings.AsyncTimeout += Questions * (int)Wait.TotalMilliseconds;

        // Without pub/sub it has one connection.
        settings.CommandMap = CommandMap.Create(["SUBSCRIBE"], available: false);
        var first = await RedisLink.OpenAsync(settings, loops, loggers);
        RedisLink[] others = [];
        try
        {
            others = await Task.WhenAll(Enumerable.Range(1, wanted - 1).Select(_ => first.OpenAnotherAsync()));
        }
        catch
        {
            await first.DisposeAsync();
            throw;
        }

        var open = others.Where(link => link.Multiplexer.IsConnected).ToList();
        if (open.Count < others.Length)
        {
            await Task.WhenAll(others.Except(open).Select(link => link.DisposeAsync().AsTask()));
            _logger.ChannelsFewConnections(open.Count + 1, wanted);
        }

        // Whatever the others share is the first one's, so it goes last.
        return [.. open, first];
    }

    /// <summary>Asks on all connections until one cannot, or <paramref name="ended"/>; then ends all.</summary>
    private async Task AskAsync(IReadOnlyList<RedisLink> links, Question question, ChannelWriter<Answer> answers, CancellationTokenSource ended)
    {
        try
        {
            await Task.WhenAll(links.SelectMany(link => Enumerable.Repeat(link, Questions)).Select(link => AskAsync(link, question, answers, ended)));
        }
        finally
        {
            answers.Complete();
        }
    }

    private async Task AskAsync(RedisLink link, Question question, ChannelWriter<Answer> answers, CancellationTokenSource ended)
    {
        try
        {
            // Not given up when this is to end: what an answer may bring is in no key, and has to be put into one.
            while (!ended.IsCancellationRequested)
            {
                // Both in one packet, so that nothing comes between them.
                var batch = link.Database.CreateBatch();
                var popping = batch.ExecuteAsync("BZPOPMIN", [names.OwnMessages, (long)Wait.TotalSeconds]);
                var taking = _take.EvaluateAsync(batch, question.Keys, question.Values);
                batch.Execute();
                await Task.WhenAll((Task)popping, taking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                var popped = await popping;
                await answers.WriteAsync(
                    new Answer(
                        popped.IsNull ? null : ((RedisValue)popped[1], (RedisValue)popped[2]),
                        taking.IsCompletedSuccessfully ? (RedisValue[]?)await taking : null),
                    CancellationToken.None);
                await taking;
            }
        }
        finally
        {
            await ended.CancelAsync();
        }
    }

    /// <summary>
    /// Puts what was handed over among those in flight as it comes, and passes everything on in the order of the runs. What is not passed on any more when this ends is
    /// among those in flight, or waits again, for the next reader.
    /// </summary>
    private async Task PassOnAsync(ReaderLease lease, ChannelReader<Answer> answers, ChannelWriter<TakenMessage> taken, CancellationTokenSource ended)
    {
        var early = new Dictionary<long, Answer>();
        var next = 1L;
        Exception? failure = null;
        while (await answers.WaitToReadAsync(CancellationToken.None))
        {
            var heard = new List<Answer>();
            while (answers.TryRead(out var answer))
            {
                heard.Add(answer);
            }

            try
            {
                if (!await KeepAsync(lease, [.. heard.Select(answer => answer.Popped).OfType<(RedisValue, RedisValue)>()]) || heard.Exists(answer => answer.Run is null))
                {
                    await ended.CancelAsync();
                }
            }
            catch (Exception exception) when (RedisFailure.IsRedis(exception))
            {
                failure = exception;
                await ended.CancelAsync();
            }

            foreach (var answer in heard.Where(answer => answer.Run is not null))
            {
                early[answer.Run!.Value] = answer;
            }

            var inOrder = new List<TakenMessage>();
            while (early.Remove(next, out var answer))
            {
                inOrder.AddRange(answer.Messages());
                next++;
            }

            // Those of one turn have no order among them but that of their senders' clocks.
            await PassOnAsync(inOrder.OrderBy(message => message.Score), taken, ended.Token);
        }

        if (failure is not null)
        {
            throw new RedisConnectionException(ConnectionFailureType.UnableToConnect, CommandFlags.None, failure.Message, failure);
        }
    }

    private static async Task PassOnAsync(IEnumerable<TakenMessage> messages, ChannelWriter<TakenMessage> taken, CancellationToken ended)
    {
        try
        {
            foreach (var message in messages)
            {
                await taken.WriteAsync(message, ended);
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The next reader finds them.
        }
    }

    /// <summary>False when the lease is another's, and they wait again. Throws when Redis is away: they are lost then, as what channels_redis was just handed is.</summary>
    private async Task<bool> KeepAsync(ReaderLease lease, IReadOnlyCollection<(RedisValue Message, RedisValue Score)> popped)
    {
        if (popped.Count == 0)
        {
            return true;
        }

        try
        {
            return (long)await _keep.EvaluateAsync(
                redis.Database,
                [names.Lease, names.OwnMessages, names.InFlight],
                [lease.Holder, (long)options.Value.Expiry.TotalSeconds, .. popped.SelectMany(message => (RedisValue[])[message.Message, message.Score])]) == 1;
        }
        catch (Exception exception) when (RedisFailure.IsRedis(exception))
        {
            metrics.ChannelMessage("in", "lost", popped.Count);
            throw;
        }
    }

    /// <summary>What the script is asked with.</summary>
    private sealed record Question(RedisKey[] Keys, RedisValue[] Values);

    /// <param name="Popped">The message that was handed over, and its score; null when none came.</param>
    /// <param name="Taken">What the script answered; null when the lease is another's, or it could not be run.</param>
    private sealed record Answer((RedisValue Message, RedisValue Score)? Popped, RedisValue[]? Taken)
    {
        public long? Run => (long?)Taken?[0];

        public IEnumerable<TakenMessage> Messages()
        {
            if (Popped is { } popped)
            {
                yield return new TakenMessage((byte[])popped.Message!, (double)popped.Score, IsLeft: false);
            }

            for (var i = 1; i < Taken!.Length; i += 2)
            {
                yield return new TakenMessage((byte[])Taken[i]!, (double)Taken[i + 1], IsLeft: false);
            }
        }
    }
}

/// <summary>A message out of the key of this system, when it was sent, and whether another reader has left it.</summary>
internal readonly record struct TakenMessage(byte[] Bytes, double Score, bool IsLeft);
