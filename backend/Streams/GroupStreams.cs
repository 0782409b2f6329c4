using System.Collections.Concurrent;
using System.Globalization;
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
/// <item>Positions rise within a hub, also after Redis lost all its data. They have gaps. A failover that loses the newest writes gives their positions again.</item>
/// <item>Every listener of a group hears its messages in the order of their positions.</item>
/// <item>An entry names the position of the entry before it in its group, so a reader knows when it missed one.</item>
/// <item>A message whose publishing was retried is in the log once, as long as the log reaches back to the first try.</item>
/// <item>A log keeps the newest messages, bounded in number, bytes and time (<see cref="StreamOptions"/>).</item>
/// </list>
/// Durable is what Redis is: a server without persistence forgets all of it when it stops.
/// While Redis is away every member throws <see cref="RedisException"/> or <see cref="TimeoutException"/>, except
/// <see cref="TryPublishAsync"/>, which says so with its answer.
/// </summary>
internal sealed class GroupStreams
{
    /// <summary>
    /// A head is some 100 bytes and outlives its log, by this or by as long as the log lasts, so that a node which was away longer
    /// can still tell that it missed something.
    /// </summary>
    private static readonly TimeSpan LeastHeadRetention = TimeSpan.FromDays(1);

    /// <summary>A position of each hub that was given before now: a message not yet published will have a higher one.</summary>
    private readonly ConcurrentDictionary<HubName, long> _newest = new();

    private readonly RedisScript _publish = new(ReadScript("publish.lua"));
    private readonly RedisConnection _redis;
    private readonly RedisNames _names;
    private readonly RedisHealth _health;
    private readonly StreamOptions _options;
    private readonly TimeProvider _time;
    private readonly BackendMetrics _metrics;
    private readonly ILogger<GroupStreams> _logger;

    public GroupStreams(
        RedisConnection redis,
        RedisNames names,
        RedisHealth health,
        IOptions<StreamOptions> options,
        TimeProvider time,
        BackendMetrics metrics,
        ILogger<GroupStreams> logger)
    {
        _redis = redis;
        _names = names;
        _health = health;
        _options = options.Value;
        _time = time;
        _metrics = metrics;
        _logger = logger;
    }

    /// <summary>
    /// Publishes one message and returns its position, or null when Redis did not take it within <paramref name="patience"/>
    /// (zero: one attempt). Null does not promise that nobody heard it: an answer that was lost on the way counts as none.
    /// </summary>
    public async Task<long?> TryPublishAsync(
        GroupKey group, GroupMessage message, TimeSpan patience, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var bytes = message.ToBytes();
        long? before = null;
        while (true)
        {
            if (_health.IsUp)
            {
                var newest = _newest.GetValueOrDefault(group.Hub);
                try
                {
                    var position = await PublishAsync(group, bytes, before);
                    _newest[group.Hub] = position;
                    _metrics.MessagePublished(_time.GetElapsedTime(started));
                    return position;
                }
                catch (RedisServerException exception)
                {
                    // Redis has said no, so the message is not in the log.
                    _logger.PublishFailed(exception, group);
                }
                catch (Exception exception) when (exception is RedisException or TimeoutException)
                {
                    _logger.PublishFailed(exception, group);
                    before ??= newest;
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

    /// <summary>The position of the group's newest message; 0 when it has none that Redis remembers.</summary>
    public async Task<long> HeadAsync(GroupKey group) => (long)await _redis.Database.HashGetAsync(_names.Head(group), "position", CommandFlags.DemandMaster);

    /// <summary>
    /// The oldest messages of the group after a position, at most <paramref name="count"/>, in order. Whether the log still
    /// reaches back to that position is told by <see cref="LogEntry.Previous"/> of the first one.
    /// </summary>
    public async Task<IReadOnlyList<LogEntry>> ReadSinceAsync(GroupKey group, long position, int count)
    {
        var values = await _redis.Database.SortedSetRangeByScoreAsync(
            _names.Log(group), position, double.PositiveInfinity, Exclude.Start, take: count, flags: CommandFlags.DemandMaster);

        var entries = new List<LogEntry>(values.Length);
        foreach (var value in values)
        {
            if (LogEntry.TryParse(value, out var entry))
            {
                entries.Add(entry);
            }
            else
            {
                _logger.EntryNotUnderstood(group);
            }
        }

        return entries;
    }

    private async Task<long> PublishAsync(GroupKey group, byte[] message, long? before)
    {
        // Microseconds since 1970 stay above every position ever given, at up to a million messages per second and hub.
        var firstPosition = (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var headRetention = _options.Retention + (_options.Retention > LeastHeadRetention ? _options.Retention : LeastHeadRetention);
        var position = await _publish.EvaluateAsync(
            _redis.Database,
            [_names.Position(group.Hub), _names.Log(group), _names.Head(group)],
            [
                message,
                (byte[])_names.Channel(group)!,
                firstPosition,
                _options.MaxMessages,
                _options.MaxBytes,
                (long)_options.Retention.TotalMilliseconds,
                (long)headRetention.TotalMilliseconds,
                before ?? RedisValue.EmptyString,
            ]);
        return long.Parse((string)position!, CultureInfo.InvariantCulture);
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

    private static string ReadScript(string name)
    {
        using var stream = typeof(GroupStreams).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The script {name} is missing from the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
