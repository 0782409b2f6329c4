using System.Buffers.Text;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Redis;
using YarpWs.Backend.Telemetry;

namespace YarpWs.Backend.Streams;

/// <summary>
/// The log of each group in Redis. What it guarantees:
/// <list type="bullet">
/// <item>A published message has one position in its hub, is in its group's log, and was handed to every listening node: all of it or nothing.</item>
/// <item>Positions rise within a hub, and follow the clock of Redis: also a Redis that lost its data, or returned from an older state, gives none twice.</item>
/// <item>A hub's log has an epoch. It changes when Redis no longer remembers a position that a publisher has seen.</item>
/// <item>Every listener of a group hears its messages in the order of their positions.</item>
/// <item>An entry names the position of the entry before it in its group, so a reader knows when it missed one; also when Redis has forgotten that
/// one and the publisher has not.</item>
/// <item>A message whose publishing was retried is in the log once, as long as the log reaches back to the first try.</item>
/// <item>Redis takes a message soon after it was sent, within twice <see cref="RedisOptions.CommandTimeout"/>, or never: also a server that stood still, was replaced, and goes on.</item>
/// <item>A log keeps the newest messages, bounded in number, bytes and time (<see cref="StreamOptions"/>).</item>
/// </list>
/// Durable is what Redis is: a server without persistence forgets all of it when it stops.
/// While Redis is away every member throws what <see cref="RedisFailure.IsRedis"/> knows, except <see cref="TryPublishAsync"/>, which says so with its answer.
/// </summary>
internal sealed class GroupStreams
{
    /// <summary>
    /// A head is some 100 bytes and outlives its log, by this or by as long as the log lasts, so that a node which was away longer
    /// can still tell that it missed something. A hub's position lasts as long: positions begin at the clock, so nothing is given twice after it.
    /// </summary>
    private static readonly TimeSpan LeastHeadRetention = TimeSpan.FromDays(1);

    /// <summary>Groups asked about at once: keeps the pipeline to Redis full without crowding out publishes. One answer may be a mebibyte.</summary>
    private const int BatchSize = 32;

    /// <summary>The first may say what the clock of Redis shows, and the next is judged by that.</summary>
    private const int MaxClockTries = 2;

    private readonly RedisScript _publish = RedisScript.OfResources("hub.lua", "publish.lua");
    private readonly RedisScript _enter = RedisScript.OfResources("hub.lua", "enter.lua");
    private readonly RedisScript _remember = RedisScript.OfResources("hub.lua", "remember.lua");
    private readonly RedisScript _read = RedisScript.OfResources("read.lua");
    private readonly SeenPositions _seen = new();
    private readonly RedisConnection _redis;
    private readonly RedisNames _names;
    private readonly RedisHealth _health;
    private readonly StreamOptions _options;
    private readonly long _logRetention;
    private readonly long _headRetention;
    private readonly long _takenWithin;
    private readonly TimeProvider _time;
    private readonly BackendMetrics _metrics;
    private readonly ILogger<GroupStreams> _logger;

    public GroupStreams(
        RedisConnection redis,
        RedisNames names,
        RedisHealth health,
        IOptions<StreamOptions> options,
        IOptions<RedisOptions> redisOptions,
        TimeProvider time,
        BackendMetrics metrics,
        ILogger<GroupStreams> logger)
    {
        _redis = redis;
        _names = names;
        _health = health;
        _options = options.Value;
        _logRetention = (long)_options.Retention.TotalMilliseconds;
        _headRetention = _logRetention + Math.Max(_logRetention, (long)LeastHeadRetention.TotalMilliseconds);
        _takenWithin = (long)redisOptions.Value.CommandTimeout.TotalMicroseconds;
        _time = time;
        _metrics = metrics;
        _logger = logger;
    }

    /// <summary>
    /// Publishes one message and returns its position, or null when Redis did not take it within <paramref name="patience"/>
    /// (zero: one attempt). Null does not promise that nobody heard it: an answer that was lost on the way counts as none.
    /// </summary>
    /// <param name="group">Where it is published.</param>
    /// <param name="message">What is published.</param>
    /// <param name="patience">How long it may wait for Redis.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="since">
    /// For a message that another node may have published already: a position of the hub from before it can have. It is then published only when the log holds nothing like it.
    /// </param>
    public async Task<long?> TryPublishAsync(
        GroupKey group, GroupMessage message, TimeSpan patience, CancellationToken cancellationToken, long? since = null)
    {
        var started = _time.GetTimestamp();
        var bytes = message.ToBytes();
        var before = since;
        while (true)
        {
            if (_health.IsUp)
            {
                var newest = _seen.Hub(group.Hub).Newest;
                try
                {
                    var position = await PublishAsync(group, bytes, newest, before);
                    _metrics.MessagePublished(_time.GetElapsedTime(started));
                    return position;
                }
                catch (Exception exception) when (RedisFailure.IsRedis(exception))
                {
                    // It may be in the log all the same: the answer was lost, or Redis refused the script's last command and kept what the others did.
                    _logger.PublishFailed(exception, group);
                    before ??= newest.Position;
                }
            }

            var left = patience - _time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero || !await WaitForRedisAsync(left, cancellationToken))
            {
                _metrics.PublishFailed();
                return null;
            }
        }
    }

    /// <summary>The newest position of a hub that this node has seen; whoever hears one tells it.</summary>
    public HubClock Clock(HubName hub) => _seen.Hub(hub);

    /// <summary>The newest message of a group that Redis has taken, as far as this node knows; whoever hears one tells it.</summary>
    public GroupClock Clock(GroupKey group) => _seen.Group(group);

    /// <summary>Gives this moment a position among those of the group's messages.</summary>
    public async Task<LogEntrance> EnterAsync(GroupKey group)
    {
        var clock = Clock(group.Hub);
        var seen = clock.Newest;
        var sent = Now;
        var answer = (RedisValue[])(await _enter.EvaluateAsync(
            _redis.Database, [_names.Hub(group.Hub), _names.Head(group)], [seen.Epoch, seen.Position, 0, _headRetention]))!;
        var entrance = new LogEntrance((long)answer[0], (long)answer[1], (long)answer[2], (long)answer[3]);
        Saw(group.Hub, clock, entrance.Epoch, entrance.Position);
        clock.ShowedClock(entrance.Now, after: sent, isCorrection: false);
        return entrance;
    }

    /// <summary>What Redis knows of the group apart from its log.</summary>
    public async Task<LogHead> HeadAsync(GroupKey group)
    {
        var values = await _redis.Database.HashGetAsync(_names.Head(group), ["position", "skips"], CommandFlags.DemandMaster);
        return LogHead.Parse(values[0], values[1]);
    }

    /// <summary>
    /// The oldest messages of the group after a position, in order: at least one, if there is any, and as many more as fit in both bounds. Whether
    /// the log still reaches back to that position is told by <see cref="LogEntry.Previous"/> of the first one.
    /// </summary>
    public async Task<LogPage> ReadSinceAsync(GroupKey group, long position, int maxMessages, long maxBytes)
    {
        var answer = (RedisValue[])(await _read.EvaluateAsync(
            _redis.Database, [_names.Log(group), _names.Head(group)], [position, maxMessages, maxBytes]))!;
        var entries = new List<LogEntry>(answer.Length - 1);
        var bytes = 0L;
        foreach (var value in answer.AsSpan(1))
        {
            bytes += value.Length();
            if (LogEntry.TryParse(value, out var entry))
            {
                entries.Add(entry);
            }
            else
            {
                _logger.EntryNotUnderstood(group);
            }
        }

        return new LogPage((long)answer[0], entries, bytes);
    }

    /// <summary>Tells Redis of a message that it has forgotten, so that every node which has not heard it finds out.</summary>
    /// <param name="group">The message's.</param>
    /// <param name="skip">Where it is missing: the message, and the entry that was published without knowing of it; 0 when there is none yet.</param>
    public async Task RememberAsync(GroupKey group, LogSkip skip)
    {
        var seen = Clock(group.Hub).Newest;
        await _remember.EvaluateAsync(
            _redis.Database,
            [_names.Hub(group.Hub), _names.Head(group)],
            [seen.Epoch, seen.Position, skip.Missing, _headRetention, skip.Entry]);
    }

    /// <summary>
    /// Tells Redis of the newest message of each group that this node knows to be taken, where the log has others in its place: it was forgotten, or taken by a server that was the master no more.
    /// Members of this node who have got it are no concern of this; their groups see to them.
    /// </summary>
    public async Task RememberPublishedAsync(CancellationToken cancellationToken)
    {
        foreach (var batch in _seen.Groups.Chunk(BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Task.WhenAll(batch.Select(async known =>
            {
                var page = await ReadSinceAsync(known.Group, known.Newest - 1, maxMessages: 1, maxBytes: 0);
                if (page.Entries is [var next, ..] ? next.Position > known.Newest && next.Previous < known.Newest : page.Head < known.Newest)
                {
                    var skip = new LogSkip(page.Entries is [var skipping, ..] ? skipping.Position : 0, known.Newest);
                    await RememberAsync(known.Group, skip);
                    _logger.RedisReminded(known.Group, skip.Missing, skip.Entry);
                }
            }));
        }
    }

    /// <summary>This node's own time in microseconds, from a moment that means nothing; nobody sets it.</summary>
    private long Now => (long)_time.GetElapsedTime(0).TotalMicroseconds;

    /// <exception cref="TimeoutException">Redis has not taken it, and will not: its time was over.</exception>
    private async Task<long> PublishAsync(GroupKey group, byte[] message, HubPosition seen, long? before)
    {
        var clock = Clock(group);
        var hubClock = Clock(group.Hub);
        for (var tries = 1; tries <= MaxClockTries; tries++)
        {
            var sent = Now;
            var known = hubClock.ClockAt(sent);
            var answer = await _publish.EvaluateAsync(
                _redis.Database,
                [_names.Hub(group.Hub), _names.Head(group), _names.Log(group)],
                [
                    seen.Epoch,
                    seen.Position,
                    clock.Newest,
                    _headRetention,
                    message,
                    (byte[])_names.Channel(group)!,
                    _options.MaxMessages,
                    _options.MaxBytes,
                    _logRetention,
                    before ?? RedisValue.EmptyString,
                    _redis.PublishCommand,
                    known == 0 ? 0 : known + _takenWithin,
                    2 * _takenWithin,
                ]);

            ReadOnlyMemory<byte> stamp = (RedisValue)answer;
            if (!Utf8Parser.TryParse(stamp.Span, out long epoch, out var length) || !Utf8Parser.TryParse(stamp.Span[(length + 1)..], out long position, out _))
            {
                throw new InvalidOperationException($"publish.lua has answered '{answer}'.");
            }

            if (epoch >= 0)
            {
                clock.Saw(position);
                Saw(group.Hub, hubClock, epoch, position);
                return position;
            }

            hubClock.ShowedClock(position, after: sent, isCorrection: true);
        }

        throw new TimeoutException("Redis stood still, and has refused the message because it came too late.");
    }

    private void Saw(HubName hub, HubClock clock, long epoch, long position)
    {
        var before = clock.Saw(epoch, position);
        // The first epoch of a hub is 0; who has seen nothing has no position either.
        if (before.Position != 0 && epoch > before.Epoch)
        {
            _logger.NewEpoch(hub, epoch, before.Epoch, before.Position);
        }
    }

    /// <summary>False when Redis did not come back in time. The pause keeps a Redis that answers and refuses from being asked in a tight loop.</summary>
    private async Task<bool> WaitForRedisAsync(TimeSpan left, CancellationToken cancellationToken)
    {
        var pause = TimeSpan.FromMilliseconds(Random.Shared.Next(50, 250));
        if (_health.IsUp)
        {
            await Task.Delay(pause < left ? pause : left, _time, cancellationToken);
            return pause < left;
        }

        try
        {
            await _health.WaitUntilUpAsync(cancellationToken).WaitAsync(left, _time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
