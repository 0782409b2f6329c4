namespace YarpWs.Benchmarks.Figures;

/// <summary>A rate that is the same for all contenders. The first one, which is the product, sets it.</summary>
internal sealed class Pace
{
    public double? PerSecond { get; set; }
}
