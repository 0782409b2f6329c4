namespace YarpWs.EndToEnd.Tests.Storm.Judging;

/// <summary>Faults that struck together, from the first blow until every client was heard by every other again.</summary>
internal sealed class Episode(string name, IReadOnlyList<Closes> closes, TimeSpan began)
{
    /// <summary>
    /// Three audits of the groups (<c>Groups:AuditInterval</c>): what a fault has done to a log may be found only by the next one, which a busy machine may
    /// have to try again.
    /// </summary>
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(15);

    private readonly List<Closes> _closes = [.. closes];

    public TimeSpan Began => began;

    /// <summary>When all faults were over and what they had broken had been started again.</summary>
    public TimeSpan? Healed { get; set; }

    /// <summary>When all clients heard all others again; null when they did not in time.</summary>
    public TimeSpan? Calm { get; set; }

    /// <summary>More sockets may have ended for it than was thought when it began.</summary>
    public void MayEndAsWell(IEnumerable<Closes> more) => _closes.AddRange(more);

    public bool Explains(Membership membership, Ended end) =>
        end.At >= began && (Calm is not { } calm || end.At <= calm + Aftermath) && _closes.Any(close => close.Explain(membership, end.Code));

    /// <summary>Whether something between these two moments may have gone down with the member's socket, or with what Redis forgot.</summary>
    public bool MayHaveSwallowed(Membership membership, TimeSpan from, TimeSpan to) =>
        began <= to && (Calm is not { } calm || calm >= from) && _closes.Any(close => close.Strike(membership));

    public override string ToString() => name;
}
