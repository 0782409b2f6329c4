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
}
