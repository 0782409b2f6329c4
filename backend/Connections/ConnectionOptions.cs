using System.ComponentModel.DataAnnotations;

namespace YarpWs.Backend.Connections;

/// <summary>The limits of one client's connection, and how many of them there are. Section <c>Connections</c>.</summary>
internal sealed record ConnectionOptions
{
    /// <summary>Connections that this node holds at once; more are refused with 503. 1 to 1,000,000, default 20,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxConnections { get; init; } = 20_000;

    /// <summary>Largest message that a client may send, in bytes. A larger one ends the connection with 1009. 1 to 16 MiB, default 1 MiB.</summary>
    [Range(1, 16 * 1024 * 1024)]
    public int MaxMessageBytes { get; init; } = 1024 * 1024;

    /// <summary>Messages per second that a client may send, on average. More end the connection with 1008. 1 to 1,000,000, default 100.</summary>
    [Range(1, 1_000_000)]
    public int MessagesPerSecond { get; init; } = 100;

    /// <summary>Messages that a client may send at once after a pause. 1 to 1,000,000, default 200.</summary>
    [Range(1, 1_000_000)]
    public int MessageBurst { get; init; } = 200;

    /// <summary>
    /// How long a message may take from its first frame to its last; a slower one ends the connection with 1008, so that nobody keeps a buffer by never
    /// ending one. 1 s to 1 h, default 2 min: 1 MiB at 9 KB/s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan MessageTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Bytes that may wait for a slow client; beyond them it alone is closed with 4001. 64 KiB to 1 GiB, default 16 MiB.</summary>
    [Range(64 * 1024, 1 << 30)]
    public long MaxOutboxBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>How long a client may be quiet before it is pinged. 100 ms to 90 s, default 20 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:30")]
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long the answer to a ping may take before the connection ends. 100 ms to 5 min, default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan PongTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a client may take to answer a close frame before its connection is cut. 100 ms to 1 min, default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a client's message waits for a Redis that is away before the client is closed with 1013. Meanwhile nothing more is read from
    /// that client. What a client sent before it left waits as long, all of it together; what is dropped then is counted in the log. 0 to 5 min,
    /// default 30 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan SendPatience { get; init; } = TimeSpan.FromSeconds(30);
}
