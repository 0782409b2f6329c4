using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Redis;
using YarpWs.Backend.Telemetry;

namespace YarpWs.Backend.Channels;

/// <summary>
/// Tells Django's consumers of what was said in a group of rooms, as <c>group_send</c> does, and with its promise: at most once. Any thread may call. Where a group has no
/// consumer it costs one look into its members, and nothing where no layer is set.
/// </summary>
internal sealed class ChannelSender
{
    /// <summary>Before each message in the core layer, so that two of the same text are two.</summary>
    private const int RandomBytes = 12;

    private readonly RedisScript _send = RedisScript.OfResources("send.lua");
    private readonly ChannelNames _names;
    private readonly RedisConnection _redis;
    private readonly ChannelsOptions _options;
    private readonly Fernet? _fernet;
    private readonly BackendMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<ChannelSender> _logger;
    private bool _isFull;

    public ChannelSender(
        ChannelNames names, RedisConnection redis, IOptions<ChannelsOptions> options, BackendMetrics metrics, TimeProvider time, ILogger<ChannelSender> logger)
    {
        _names = names;
        _redis = redis;
        _options = options.Value;
        _fernet = _options.SymmetricEncryptionKeys is { Count: > 0 } keys ? new Fernet(keys, time) : null;
        _metrics = metrics;
        _time = time;
        _logger = logger;
    }

    /// <summary>Does not throw when Redis is away: the message is then counted as failed.</summary>
    public async Task SendAsync(GroupKey group, GroupMessage message)
    {
        if (_options.Layer is ChannelLayer.None || _options.SendType.Length == 0 || !_names.Maps(group))
        {
            return;
        }

        if (message.DataType is DataType.Binary)
        {
            // A consumer is written for text; bytes would end it, and its client with it.
            _metrics.ChannelMessage("out", "binary");
            return;
        }

        try
        {
            await (_options.Layer is ChannelLayer.Core ? SendToMembersAsync(group, message.Data) : PublishAsync(group.Name, message.Data));
        }
        catch (Exception exception) when (RedisFailure.IsRedis(exception))
        {
            _metrics.ChannelMessage("out", "failed");
            _logger.ChannelsSendFailed(exception, group);
        }
    }

    private async Task PublishAsync(string group, ReadOnlyMemory<byte> text)
    {
        var bytes = new ArrayBufferWriter<byte>();
        ChannelMessage.Write(bytes, _options.SendType, _options.SendKey, text.Span, sender: _names.System);
        await _redis.Database.PublishAsync(_names.GroupChannel(group), bytes.WrittenMemory);
        _metrics.ChannelMessage("out", "sent");
    }

    private async Task SendToMembersAsync(GroupKey group, ReadOnlyMemory<byte> text)
    {
        var now = _time.GetUtcNow();
        var members = await _redis.Database.SortedSetRangeByScoreAsync(
            _names.Group(group.Name), ChannelNames.Score(now - _options.GroupExpiry), double.PositiveInfinity, flags: CommandFlags.DemandMaster);
        var processes = members
            .Select(member => (string)member!)
            .GroupBy(ChannelNames.ProcessOf)
            .Where(process => process.Key != _names.OwnProcess && process.Key.Length > 0)
            .ToList();
        if (processes.Count == 0)
        {
            return;
        }

        var full = (long)await _send.EvaluateAsync(
            _redis.Database,
            [.. processes.Select(process => _names.Messages(process.Key))],
            [
                .. processes.Select(process => (RedisValue)Form(text, [.. process])),
                _options.Capacity,
                ChannelNames.ScoreText(ChannelNames.Score(now)),
                ChannelNames.ScoreText(ChannelNames.Score(now - _options.Expiry)),
                (long)_options.Expiry.TotalSeconds,
            ]);
        _metrics.ChannelMessage("out", "sent", processes.Count - full);
        _metrics.ChannelMessage("out", "full", full);
        if (full > 0 != Volatile.Read(ref _isFull))
        {
            Volatile.Write(ref _isFull, full > 0);
            if (full > 0)
            {
                _logger.ChannelsProcessFull(group, _options.Capacity);
            }
        }
    }

    private byte[] Form(ReadOnlyMemory<byte> text, string[] channels)
    {
        var map = new ArrayBufferWriter<byte>();
        ChannelMessage.Write(map, _options.SendType, _options.SendKey, text.Span, channels);
        return [.. RandomNumberGenerator.GetBytes(RandomBytes), .. _fernet?.Encrypt(map.WrittenSpan) ?? map.WrittenSpan];
    }
}
