namespace YarpWs.Benchmarks.Measuring;

/// <summary>One of those that a figure compares.</summary>
/// <param name="Name">As the tables call it; <see cref="Figure.Ours"/> names the product.</param>
/// <param name="Absence">Why it cannot take part on this machine, and what would change that; null when it can.</param>
/// <param name="StartAsync">Starts it.</param>
internal sealed record Contender(string Name, string? Absence, Func<Task<IRun>> StartAsync);

/// <summary>A contender that is started and under load when it is asked to be.</summary>
internal interface IRun : IAsyncDisposable
{
    /// <summary>Until its code is compiled for good, and its pools are filled.</summary>
    Task WarmUpAsync();

    Task<Measurement> MeasureAsync();
}
