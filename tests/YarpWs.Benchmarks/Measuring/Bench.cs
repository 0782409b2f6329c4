using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Measuring;

/// <summary>What every figure needs: how much to do, and a place to write.</summary>
internal sealed record Bench(Scale Scale, Scratch Scratch);
