using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets.Draining;
using YarpWs.Gateway.Telemetry.AccessLogs;

namespace YarpWs.Gateway.Sockets;

/// <summary>What is known of a socket from its handshake.</summary>
internal sealed record SocketOrigin
{
    /// <summary>Unique in this process; later sockets have higher numbers.</summary>
    public required long Id { get; init; }

    public required string Route { get; init; }

    public required string Cluster { get; init; }

    public required string Destination { get; init; }

    /// <summary>The destination's address when the socket was opened; it may be configured to have another one since.</summary>
    public required string Address { get; init; }

    /// <summary>The path without the query, as in the access log.</summary>
    public required string Path { get; init; }

    /// <summary>What is spoken over it: websocket, or the protocol of a tunnel.</summary>
    public string Protocol { get; init; } = Handshake.WebSocket;

    /// <summary>Whether it is a tunnel, of whose bytes nothing is known: it has no messages, no pings and no close frames.</summary>
    public bool IsTunnel => Protocol != Handshake.WebSocket;

    /// <summary>The authorization policy that its route names; null where that names none.</summary>
    public string? Policy { get; init; }

    /// <summary>The client's address, as far as trusted proxies tell it; null over a transport that has none.</summary>
    public string? ClientAddress { get; init; }

    /// <summary>The login that opened it; null for a client without one.</summary>
    public Login? Login { get; init; }

    /// <summary>The trace of its handshake, as in the access log.</summary>
    public required string TraceId { get; init; }

    /// <summary>The access logs that its route names; null for the gateway's own alone.</summary>
    public ChosenLogs.OpenedLogs? Logs { get; init; }

    public DestinationName DestinationName => new(Cluster, Destination);
}
