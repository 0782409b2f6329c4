using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Edge;

/// <summary>How the gateway stops. Section <c>Shutdown</c>.</summary>
internal sealed record ShutdownOptions
{
    public const string Section = "Shutdown";

    /// <summary>How long requests and the goodbyes of sockets may take; what is left then is cut. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Sockets told 1012 in a second. Default null: as many as it takes to have told all in half of <see cref="Timeout"/>, and at least 100.
    /// A rate that is too low for that leaves the rest to be cut.
    /// </summary>
    [Range(1.0, 1_000_000.0)]
    public double? SocketsPerSecond { get; init; }
}
