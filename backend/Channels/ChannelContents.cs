using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Telemetry;

namespace YarpWs.Backend.Channels;

/// <summary>Judges what Django sends: what members of rooms may get of it, and what is only counted, with one line for the first of each kind.</summary>
internal sealed class ChannelContents(
    IOptions<ChannelsOptions> options, IOptions<ConnectionOptions> limits, BackendMetrics metrics, ILogger<ChannelContents> logger)
{
    /// <summary>The node that a message of Django is said to come from.</summary>
    public const string Node = "channels";

    /// <summary>Types that have had their line; a Django that makes up more of them has none for those.</summary>
    private const int MaxTypesTold = 100;

    private static readonly Dictionary<string, string> DefaultTypes = new() { ["send_message"] = "event" };

    private readonly Dictionary<string, string> _types = options.Value.Types is { Count: > 0 } types
        ? types.ToDictionary(type => type.Key.Replace('.', '_'), type => type.Value)
        : DefaultTypes;

    private readonly ConcurrentDictionary<string, bool> _told = new();

    /// <summary>Null when it is nothing for members of rooms.</summary>
    public ChannelContent? Read(ReadOnlyMemory<byte> map)
    {
        if (!ChannelMessage.TryRead(map, _types, out var content))
        {
            metrics.ChannelMessage("in", "unreadable");
            TellOnce("", () => logger.ChannelsMessageUnreadable());
            return null;
        }

        if (content.Value is not { } value)
        {
            metrics.ChannelMessage("in", "unmapped");
            TellOnce(content.Type ?? "(none)", () => logger.ChannelsTypeUnmapped(content.Type ?? "(none)"));
            return null;
        }

        if (value.Data.Length > limits.Value.MaxMessageBytes)
        {
            metrics.ChannelMessage("in", "too_large");
            TellOnce("(too large)", () => logger.ChannelsMessageTooLarge(value.Data.Length, limits.Value.MaxMessageBytes));
            return null;
        }

        return content;
    }

    public void CountUndecryptable()
    {
        metrics.ChannelMessage("in", "undecryptable");
        TellOnce("(undecryptable)", () => logger.ChannelsMessageUndecryptable());
    }

    private void TellOnce(string kind, Action tell)
    {
        if (_told.Count < MaxTypesTold && _told.TryAdd(kind, true))
        {
            tell();
        }
    }
}
