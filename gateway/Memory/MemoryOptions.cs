using System.ComponentModel.DataAnnotations;

namespace YarpWs.Memory;

/// <summary>What this process does with memory that it has had use for and has none any more. Section <c>Memory</c>.</summary>
internal sealed record MemoryOptions
{
    public const string Section = "Memory";

    /// <summary>
    /// How long this process must have been quiet before it gives such memory back to the system, which stops it for a moment. Default 5 s;
    /// null: never.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan? TrimAfter { get; init; } = TimeSpan.FromSeconds(5);
}
