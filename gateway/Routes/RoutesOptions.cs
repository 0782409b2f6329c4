using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Routes;

/// <summary>Where routes are read from beside the settings file, and how changes are found. Section <c>Routes</c>.</summary>
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
}
