using System.ComponentModel.DataAnnotations;
using YarpWs.Gateway.Sockets.Draining;
using YarpWs.Gateway.Sockets.Limits;

namespace YarpWs.Gateway.Sockets;

/// <summary>How WebSockets are opened and kept, and their limits. Section <c>Sockets</c>.</summary>
internal sealed record SocketOptions : LimitOptions
{
    public const string Section = "Sockets";

    /// <summary>
    /// How long nothing may pass, either way, before a socket is closed with 1001; pings of a backend pass, those of the gateway's own do
    /// not. Up to a tenth less by chance, so that sockets do not end together. Default 1 h.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a socket may live before it is closed with 1012. Up to a tenth less by chance. Default none: as long as its login.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "30.00:00:00")]
    public TimeSpan? MaxLifetime { get; init; }

    /// <summary>On how many destinations a handshake is tried before the client is refused. Default 3.</summary>
    [Range(1, 100)]
    public int HandshakeAttempts { get; init; } = 3;

    /// <summary>How long one destination may take to answer a handshake before the next is tried. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a client, or a backend, may be silent before it is pinged. A client that its backend pings often enough is never pinged by
    /// the gateway as well. Default 30 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "00:10:00")]
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a pinged client may stay silent before its socket is cut: it is not there any more. One that reads nothing of what waits for it
    /// is cut after <see cref="PingInterval"/> and this, however much it sends. Default 30 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "00:10:00")]
    public TimeSpan PongTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a pinged backend may stay silent before its client is told to come back (1013). So is the client of one that lets what it sends
    /// wait for <see cref="PingInterval"/> and this, however much the backend sends. Default 30 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "00:10:00")]
    public TimeSpan BackendTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Largest frame of a backend's, header and payload in bytes, that is kept until it has come whole. When a backend dies inside of it, the
    /// client still gets a close frame; inside a larger one it can only be cut. Default 64 KiB; 0 keeps none back.
    /// </summary>
    [Range(0, 1 << 20)]
    public int WholeFrameBytes { get; init; } = 64 * 1024;

    /// <summary>How long a socket outlives its token before it is closed with 4003. Default 0: it ends with its login.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan TokenGrace { get; init; }

    /// <summary>
    /// A text message that a client gets 10 s before its login ends, between two messages of the backend's, so that its page can renew the
    /// login. Default none: only a page that knows of it should get it.
    /// </summary>
    [StringLength(1024)]
    public string? ExpiryNotice { get; init; }

    /// <summary>
    /// How long an end may take: for a client to answer a close frame before its socket is cut, for a message under way to end before a
    /// close frame is put between its frames, for a backend to answer its client's close frame before the gateway does. Default 5 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "00:01:00")]
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// What becomes of sockets whose route or destination is configured no more, or whose destination has another address: Keep lets them
    /// live, Drain closes them with 1012 at <see cref="DrainPerSecond"/>, Close at once. Default Drain.
    /// </summary>
    public RemovedAction OnRemoved { get; init; } = RemovedAction.Drain;

    /// <summary>How many sockets are closed in a second when they are drained, unless the order to drain says otherwise. Default 100.</summary>
    [Range(1.0, 1_000_000.0)]
    public double DrainPerSecond { get; init; } = 100;
}
