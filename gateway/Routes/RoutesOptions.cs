using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Routes;

/// <summary>Where routes are read from beside the settings file, how changes are found, and when they are taken back. Section <c>Routes</c>.</summary>
internal sealed record RoutesOptions
{
    public const string Section = "Routes";

    /// <summary>
    /// A directory whose <c>*.json</c> files, each with a <c>ReverseProxy</c> of its own, add routes and clusters to those of the settings
    /// file; relative to that file. An id may be used once. Default none.
    /// </summary>
    public string? Directory { get; init; }

    /// <summary>
    /// How often the files are read and compared with what runs. A change is taken when two readings in a row agree, so that a file that is
    /// being written is left alone. Default 0.5 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Configurations kept in memory to go back to, the running one included. Default 20.</summary>
    [Range(1, 1_000)]
    public int HistoryLength { get; init; } = 20;

    /// <summary>How long a change is on trial: if its routes fail too many requests meanwhile, the gateway goes back. 0 for no trial. Default 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan TrialWindow { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Requests and handshakes that the changed routes must have had before they are judged. Default 20.</summary>
    [Range(1, 1_000_000)]
    public int TrialRequests { get; init; } = 20;

    /// <summary>
    /// Share of them that may fail, on top of the share that failed on these routes before the change: of the average client, so that one that
    /// asks a thousand times counts once. Failures are a destination that is not reached and, met by several clients, one that gives no answer or a
    /// 5xx. What a client causes by itself counts neither way. Default 0.5.
    /// </summary>
    [Range(0.01, 1.0)]
    public double TrialFailures { get; init; } = 0.5;
}
