namespace YarpWs.EndToEnd.Tests.Storm.Judging;

/// <summary>Which sockets a fault may end, and with which close codes, by the tables of <c>backend/PROTOCOL.md</c>.</summary>
internal sealed record Closes
{
    private Closes(int? gateway, string? node, params int[] codes) => (Gateway, Node, Codes) = (gateway, node, codes);

    /// <summary>No socket at all: the fault must pass unseen.</summary>
    public static Closes Nobody { get; } = new(null, null);

    /// <summary>The only gateway whose sockets may end; null for all.</summary>
    public int? Gateway { get; }

    /// <summary>The only node whose members may end; null for all.</summary>
    public string? Node { get; }

    public IReadOnlyList<int> Codes { get; }

    public static Closes Everybody(params int[] codes) => new(null, null, codes);

    public static Closes ThroughGateway(int gateway, params int[] codes) => new(gateway, null, codes);

    public static Closes OnNode(string node, params int[] codes) => new(null, node, codes);

    public bool Explain(Membership membership, int code) => Codes.Contains(code) && Strike(membership);

    /// <summary>Whether the socket of this member may end at all. One that heard nothing of its own may have been on any node.</summary>
    public bool Strike(Membership membership) =>
        Codes.Count > 0 && (Gateway is null || Gateway == membership.Gateway) && (Node is null || membership.Node is null || Node == membership.Node);
}
