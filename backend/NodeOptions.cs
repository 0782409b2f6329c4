using System.ComponentModel.DataAnnotations;

namespace YarpWs.Backend;

/// <summary>What this process is called. Section <c>Node</c>.</summary>
internal sealed record NodeOptions
{
    /// <summary>The node's name in messages, logs and metrics; best unique among the nodes of one Redis. At most 64 characters. Default: the machine's name.</summary>
    [StringLength(64)]
    public string Name { get; init; } = "";
}
