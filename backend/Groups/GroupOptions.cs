using System.ComponentModel.DataAnnotations;

namespace YarpWs.Backend.Groups;

/// <summary>How this node keeps up with the groups of its members. Section <c>Groups</c>.</summary>
internal sealed record GroupOptions
{
    /// <summary>How often every group of this node is compared with its log, to find what pub/sub lost. 500 ms to 5 min, default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.5", "00:05:00")]
    public TimeSpan AuditInterval { get; init; } = TimeSpan.FromSeconds(5);
}
