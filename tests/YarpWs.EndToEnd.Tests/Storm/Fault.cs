using YarpWs.EndToEnd.Tests.Storm.Judging;

namespace YarpWs.EndToEnd.Tests.Storm;

/// <summary>Something that goes wrong, from the blow to the repair.</summary>
/// <param name="Target">What it strikes; two faults that strike together have different ones.</param>
/// <param name="Name">What it does and for how long, so that a story needs nothing else.</param>
/// <param name="Closes">Which sockets may end for it.</param>
/// <param name="StrikeAsync">Strikes, waits as long as the fault is to last, and repairs.</param>
internal sealed record Fault(string Target, string Name, Closes Closes, Func<StormCluster, CancellationToken, Task> StrikeAsync)
{
    /// <summary>
    /// Whether Redis, or a node, loses what it knew. What Redis has forgotten and only a node knew that has died since, nobody knows, and nothing is promised of it.
    /// </summary>
    public bool Forgets { get; init; }

    /// <summary>Which sockets may end for it where nothing else strikes with it, and the machine keeps nobody waiting; null when that makes no difference.</summary>
    public Closes? ClosesAlone { get; init; }

    /// <summary>Which sockets may end for faults that strike together.</summary>
    public static IReadOnlyList<Closes> ClosesOf(IReadOnlyList<Fault> together) =>
        together is [{ ClosesAlone: { } alone }] ? [alone] : [.. together.Select(fault => fault.Closes)];
}
