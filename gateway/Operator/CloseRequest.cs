using YarpWs.Gateway.Sockets.Draining;

namespace YarpWs.Gateway.Operator;

/// <summary>What <c>POST /sockets/close</c> is asked to do, as JSON: which sockets, how they are told, how fast.</summary>
internal sealed record CloseRequest
{
    public const string Example = "{\"filter\": {\"user\": \"ann\"}, \"code\": 1012, \"perSecond\": 100, \"dryRun\": true}";

    public SocketFilter Filter { get; init; } = new();

    /// <summary>The close code: 1000, 1001, 1008, 1011 to 1014, or 3000 to 4999. Default 1012, come back.</summary>
    public int Code { get; init; } = 1012;

    /// <summary>At most 123 bytes.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Sockets told per second, at least 1. Default 100.</summary>
    public double PerSecond { get; init; } = 100;

    /// <summary>Whose turn comes first. Default the oldest.</summary>
    public DrainOrder Order { get; init; }

    /// <summary>Whether only to say how many there are. Default true: nobody is closed by an order that forgot to say so.</summary>
    public bool DryRun { get; init; } = true;

    /// <summary>The first thing that is wrong with it; null when it can be carried out.</summary>
    public string? Complaint() => RequestBody.Complaint(Code, Reason, PerSecond);
}
