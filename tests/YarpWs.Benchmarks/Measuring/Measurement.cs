namespace YarpWs.Benchmarks.Measuring;

/// <summary>What one contender did in one round: the figure's value, and what else was seen, by name.</summary>
internal sealed record Measurement(double Value, params IReadOnlyList<(string Name, double Value)> Beside);
