using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Measuring;

/// <summary>What every figure needs.</summary>
/// <param name="Scale">How much to do.</param>
/// <param name="Scratch">Where files may be written.</param>
/// <param name="Before">A checkout with another build of the product, to be compared with in place of the peers; null to compare with these.</param>
/// <param name="Peers">Those to compare with, by name; none for all that a figure has.</param>
internal sealed record Bench(Scale Scale, Scratch Scratch, string? Before, IReadOnlyList<string> Peers);
