using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Draining;

namespace YarpWs.Gateway.Operator;

/// <summary>What <c>POST /destinations/{id}/drain</c> is asked to do, as JSON: how the destination's sockets are told, and how fast.</summary>
internal sealed record DrainRequest
{
    public const string Example = "{\"perSecond\": 100}";

    /// <summary>Sockets told per second, at least 1. Default Sockets:DrainPerSecond.</summary>
    public double? PerSecond { get; init; }

    /// <summary>Whose turn comes first. Default the oldest.</summary>
    public DrainOrder Order { get; init; }

    /// <summary>The close code: 1000, 1001, 1008, 1011 to 1014, or 3000 to 4999. Default 1012, come back.</summary>
    public int Code { get; init; } = SocketClose.DestinationDrained.Code;

    /// <summary>At most 123 bytes.</summary>
    public string Reason { get; init; } = SocketClose.DestinationDrained.Reason;

    /// <summary>The first thing that is wrong with it; null when it can be carried out.</summary>
    public string? Complaint() => RequestBody.Complaint(Code, Reason, PerSecond);
}
