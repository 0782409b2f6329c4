namespace YarpWs.EndToEnd.Tests.Storm;

/// <summary>Redis as a storm finds it, in one of the ways in which production runs it, and what can happen to it there.</summary>
internal abstract class StormRedis : IAsyncDisposable
{
    public abstract Task StartAsync();

    /// <summary>How a node reaches it, as <c>Redis:Configuration</c>.</summary>
    public abstract string ConfigurationFor(int node);

    /// <summary>The faults of this kind of Redis, each made by the chance that it is given.</summary>
    public abstract IReadOnlyList<Func<Chance, Fault>> Faults { get; }

    public abstract ValueTask DisposeAsync();
}
