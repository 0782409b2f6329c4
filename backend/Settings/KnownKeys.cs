using YarpWs.Backend.Channels;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Groups;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Redis;
using YarpWs.Backend.Rooms;
using YarpWs.Backend.Streams;
using YarpWs.Platform.Jwt;
using YarpWs.Platform.Memory;
using YarpWs.Platform.Settings;
using YarpWs.Platform.Telemetry;

namespace YarpWs.Backend.Settings;

/// <summary>Every key the backend reads: its own options, and the sections whose schema belongs to the platform.</summary>
internal static class KnownKeys
{
    private static readonly KeyShape Kestrel = KeyShape.Named(
        ("Endpoints", KeyShape.DictionaryOf(KeyShape.Values("Url", "Protocols"))));

    public static readonly KeyShape Root = KeyShape.Named(
        ("$schema", KeyShape.Value),
        ("Logging", KeyShape.Anything),
        ("Kestrel", Kestrel),
        ("Authentication", KeyShape.Named(("Schemes", KeyShape.DictionaryOf(KeyShape.Of(typeof(SchemeOptions)))))),
        ("Node", KeyShape.Of(typeof(NodeOptions))),
        ("Redis", KeyShape.Of(typeof(RedisOptions))),
        ("Streams", KeyShape.Of(typeof(StreamOptions))),
        ("Groups", KeyShape.Of(typeof(GroupOptions))),
        ("Connections", KeyShape.Of(typeof(ConnectionOptions))),
        (ChannelsOptions.Section, KeyShape.Of(typeof(ChannelsOptions))),
        ("Plain", KeyShape.Of(typeof(PlainOptions))),
        ("Drain", KeyShape.Of(typeof(DrainOptions))),
        (MemoryOptions.Section, KeyShape.Of(typeof(MemoryOptions))),
        ("Telemetry", KeyShape.Of(typeof(TelemetryOptions))));
}
