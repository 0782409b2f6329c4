using System.ComponentModel.DataAnnotations;

namespace YarpWs.Backend.Channels;

/// <summary>The channel layer of Django Channels that these rooms hear, and are heard by, on the same Redis. Section <c>Channels</c>.</summary>
internal sealed record ChannelsOptions
{
    public const string Section = "Channels";

    /// <summary>
    /// The layer that the Django side runs, which nothing on the wire tells: <c>Core</c> is channels_redis.core.RedisChannelLayer, <c>PubSub</c> is
    /// channels_redis.pubsub.RedisPubSubChannelLayer. Default <c>None</c>: there is no Django.
    /// </summary>
    public ChannelLayer Layer { get; init; } = ChannelLayer.None;

    /// <summary>The layer's <c>prefix</c>. 1 to 64 characters, default <c>asgi</c>.</summary>
    [Required(AllowEmptyStrings = false), StringLength(64)]
    public string Prefix { get; init; } = "asgi";

    /// <summary>Groups of Django whose names begin so are groups of the rooms' hub, of the same name. At most 99 characters, default <c>push_</c>.</summary>
    [StringLength(99)]
    public string GroupPrefix { get; init; } = "push_";

    /// <summary>The layer's <c>expiry</c>: a message that nobody took for so long is dropped. Core alone. 1 s to 1 h, default 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Expiry { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The layer's <c>group_expiry</c>: how long a membership counts that is not renewed, which those of rooms are. Core alone. 1 min to 30 days, default 1 day.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan GroupExpiry { get; init; } = TimeSpan.FromDays(1);

    /// <summary>The layer's <c>capacity</c>: messages that may wait for one process of Django; what comes beyond is not sent to it, and counted. Core alone. 1 to 1,000,000, default 100.</summary>
    [Range(1, 1_000_000)]
    public int Capacity { get; init; } = 100;

    /// <summary>
    /// Messages that Django may send in one instant, to all rooms together, beyond <c>capacity</c>, before it drops any: on each of so many connections to Redis the one node that
    /// reads waits for a message. Each takes some 100 KB of that node's memory. Core alone. 1 to 1,000, default 100.
    /// </summary>
    [Range(1, 1_000)]
    public int BurstConnections { get; init; } = 100;

    /// <summary>The layer's <c>symmetric_encryption_keys</c>: the first encrypts, each decrypts. Core alone. Secrets: keep them in the environment. Default none.</summary>
    public IReadOnlyList<string> SymmetricEncryptionKeys { get; init; } = [];

    /// <summary>
    /// Messages of Django that members of rooms get: for each <c>type</c> the key whose value they get. Text is sent as it is, anything else as JSON. Messages of other types
    /// are counted and passed over. Empty, the default: <c>send_message</c> and <c>event</c>.
    /// </summary>
    public IReadOnlyDictionary<string, string> Types { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// The <c>type</c> of what members of rooms say, which names the consumer's method that gets it. Default <c>send_message</c>; empty: Django hears nothing of them.
    /// A consumer without that method closes its client.
    /// </summary>
    [RegularExpression(@"^[A-Za-z_][A-Za-z0-9_.]{0,99}$|^$")]
    public string SendType { get; init; } = "send_message";

    /// <summary>The key under which the text stands in it. 1 to 100 characters, default <c>event</c>.</summary>
    [Required(AllowEmptyStrings = false), StringLength(100)]
    public string SendKey { get; init; } = "event";
}

/// <summary>The layers of channels_redis. They use no key in common, and do not hear each other.</summary>
internal enum ChannelLayer
{
    None,
    Core,
    PubSub,
}
