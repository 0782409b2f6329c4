using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace YarpWs.Backend.Messages;

/// <summary>This node, and the stamp that it puts on the messages it publishes.</summary>
internal sealed class NodeIdentity(IOptions<NodeOptions> options)
{
    // Begins at chance, so that a restarted node does not repeat what it used before.
    private long _sequence = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));

    public string Name { get; } = options.Value.Name is { Length: > 0 } name ? name : Environment.MachineName;

    /// <summary>A number that no other message of this node has.</summary>
    public long NextSequence() => Interlocked.Increment(ref _sequence);

    public GroupMessage Message(DataType type, ReadOnlyMemory<byte> data, string fromUserId = "", string excludedConnectionId = "") => new()
    {
        DataType = type,
        Data = data,
        Node = Name,
        Sequence = NextSequence(),
        FromUserId = fromUserId,
        ExcludedConnectionId = excludedConnectionId,
    };
}

/// <summary>What this process is called. Section <c>Node</c>.</summary>
internal sealed record NodeOptions
{
    /// <summary>The node's name in messages, logs and metrics; best unique among the nodes of one Redis. At most 64 characters. Default: the machine's name.</summary>
    [StringLength(64)]
    public string Name { get; init; } = "";
}
