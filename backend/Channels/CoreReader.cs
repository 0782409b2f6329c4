using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Redis;
using YarpWs.Backend.Streams;
using YarpWs.Backend.Telemetry;

namespace YarpWs.Backend.Channels;

/// <summary>
/// Reads the core layer. A message is taken out of Redis only into another key there, and out of that once it is in the log: what a killed reader had under way, the next
/// one publishes, and what it had published already is found in the log and not published again. Only what Redis is just handing to a reader which waits for it is in
/// nobody's key for a moment, as it is in channels_redis.
/// </summary>
internal sealed class CoreReader
{
    /// <summary>Messages published at once.</summary>
    private const int BatchSize = 100;

    /// <summary>Messages taken and not published yet. Beyond, those that follow wait in their key, and Django, once <c>capacity</c> of them do, drops what it sends.</summary>
    private const int MaxInFlight = 10_000;

    /// <summary>Before each message, so that two of the same text are two.</summary>
    private const int RandomBytes = 12;

    /// <summary>channels_redis takes tokens that are so much older than <c>expiry</c>.</summary>
    private static readonly TimeSpan TokenGrace = TimeSpan.FromSeconds(10);

    private readonly CoreQueue _queue;
    private readonly ChannelNames _names;
    private readonly ChannelContents _contents;
    private readonly ChannelMemberships _memberships;
    private readonly RedisConnection _redis;
    private readonly GroupStreams _streams;
    private readonly ChannelsOptions _options;
    private readonly Fernet? _fernet;
    private readonly BackendMetrics _metrics;
    private readonly TimeProvider _time;

    public CoreReader(
        CoreQueue queue,
        ChannelNames names,
        ChannelContents contents,
        ChannelMemberships memberships,
        RedisConnection redis,
        GroupStreams streams,
        IOptions<ChannelsOptions> options,
        BackendMetrics metrics,
        TimeProvider time)
    {
        _queue = queue;
        _names = names;
        _contents = contents;
        _memberships = memberships;
        _redis = redis;
        _streams = streams;
        _options = options.Value;
        _fernet = _options.SymmetricEncryptionKeys is { Count: > 0 } keys ? new Fernet(keys, time) : null;
        _metrics = metrics;
        _time = time;
    }

    /// <summary>Reads until it is cancelled, or the lease is another's. Throws when Redis is away.</summary>
    public async Task ReadAsync(ReaderLease lease, CancellationToken cancellationToken)
    {
        var taken = Channel.CreateBounded<TakenMessage>(new BoundedChannelOptions(MaxInFlight) { SingleReader = true, SingleWriter = true });
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var publishing = PublishAsync(taken.Reader, ended.Token);
        var taking = _queue.TakeAsync(lease, taken.Writer, ended.Token);
        try
        {
            await await Task.WhenAny(publishing, taking);
        }
        finally
        {
            await ended.CancelAsync();
            await Task.WhenAll(publishing, taking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task PublishAsync(ChannelReader<TakenMessage> taken, CancellationToken cancellationToken)
    {
        var channels = new HashSet<string>();
        var pruned = _time.GetTimestamp();
        while (await taken.WaitToReadAsync(cancellationToken))
        {
            var batch = new List<TakenMessage>();
            while (batch.Count < BatchSize && taken.TryRead(out var message))
            {
                batch.Add(message);
            }

            // Those of a group one after the other, and groups beside each other.
            var messages = batch.SelectMany(message => Read(message, channels)).ToList();
            await Task.WhenAll(messages.GroupBy(message => message.Group).Select(group => PublishAsync([.. group], cancellationToken)));
            await _redis.Database.SortedSetRemoveAsync(_names.InFlight, [.. batch.Select(message => (RedisValue)message.Bytes)]);
            if (channels.Count > MaxInFlight || _time.GetElapsedTime(pruned) > _memberships.RenewalInterval)
            {
                await _memberships.PruneAsync(channels);
                channels.Clear();
                pruned = _time.GetTimestamp();
            }
        }
    }

    private async Task PublishAsync(IReadOnlyList<Outgoing> messages, CancellationToken cancellationToken)
    {
        foreach (var message in messages)
        {
            var left = message.Expires - _time.GetUtcNow();
            var position = left > TimeSpan.Zero
                ? await _streams.TryPublishAsync(message.Group, message.Message, left, cancellationToken, message.Since)
                : null;
            _metrics.ChannelMessage("in", position is null ? "expired" : "published");
        }
    }

    /// <summary>The messages of rooms that a message of Django becomes: one for each of our groups that it names, and none when it cannot be one.</summary>
    private IEnumerable<Outgoing> Read(TakenMessage taken, HashSet<string> channels)
    {
        if (!TryOpen(taken.Bytes, out var map) || _contents.Read(map) is not { } content)
        {
            yield break;
        }

        foreach (var channel in content.Channels)
        {
            if (_names.TryReadOwn(channel, out var name) && channels.Add(channel) | true && _names.TryFind(name, out var group) && content.Value is { } value)
            {
                yield return Form(taken, group, value);
            }
        }
    }

    private bool TryOpen(byte[] bytes, out ReadOnlyMemory<byte> map)
    {
        map = bytes.AsMemory(Math.Min(RandomBytes, bytes.Length));
        if (_fernet is null)
        {
            return true;
        }

        var isOpen = _fernet.TryDecrypt(map.Span, _options.Expiry + TokenGrace, out var text);
        map = text;
        if (!isOpen)
        {
            _contents.CountUndecryptable();
        }

        return isOpen;
    }

    /// <summary>
    /// The same bytes become the same message, whichever node publishes it: so it is found in the log when it is there already. Whoever publishes what another has left
    /// looks through all of the log, and otherwise just at what came since.
    /// </summary>
    private Outgoing Form(TakenMessage taken, GroupKey group, (DataType DataType, ReadOnlyMemory<byte> Data) value) => new(
        group,
        new GroupMessage
        {
            DataType = value.DataType,
            Data = value.Data,
            Node = ChannelContents.Node,
            Sequence = BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(taken.Bytes)),
        },
        DateTimeOffset.UnixEpoch.AddSeconds(taken.Score) + _options.Expiry,
        taken.IsLeft ? 0 : _streams.Clock(group.Hub).Newest.Position);

    /// <summary>A message for a group of rooms, until when it is worth anything, and a position of the hub before which nobody can have published it.</summary>
    private sealed record Outgoing(GroupKey Group, GroupMessage Message, DateTimeOffset Expires, long Since);
}
