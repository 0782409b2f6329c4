using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Sockets;

/// <summary>How WebSockets are opened and kept. Section <c>Sockets</c>.</summary>
internal sealed record SocketOptions
{
    public const string Section = "Sockets";

    /// <summary>
    /// How long both directions of a socket may be silent before it is cut; a ping counts as a sound. Choose it well above the interval
    /// at which backends ping. Default 1 h.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>On how many destinations a handshake is tried before the client is refused. Default 3.</summary>
    [Range(1, 100)]
    public int HandshakeAttempts { get; init; } = 3;

    /// <summary>How long one destination may take to answer a handshake before the next is tried. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a client may be silent before it is pinged. One that backends ping often enough is never pinged by the gateway as well.
    /// Default 30 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "00:10:00")]
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a pinged client may stay silent before its socket is cut: it is not there any more. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "00:10:00")]
    public TimeSpan PongTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a socket outlives its token before it is closed with 4003. Default 0: it ends with its login.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan TokenGrace { get; init; }

    /// <summary>How long a client may take to answer a close frame of the gateway's before its socket is cut. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "00:01:00")]
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
