namespace YarpWs.Transport;

/// <summary>The loops of this process, one for each processor that it may use, begun with the first socket.</summary>
internal sealed class EventLoops : IDisposable
{
    private readonly Lazy<EventLoop[]> _loops = new(
        () => [.. Enumerable.Range(1, Environment.ProcessorCount).Select(number => new EventLoop($"sockets {number}"))]);

    private int _turn;

    /// <summary>Whether this system has what they are made of. Where it has not, ASP.NET Core's own transport carries everything.</summary>
    public static bool AreSupported { get; } = OperatingSystem.IsLinux();

    /// <summary>The one that is to take the next socket.</summary>
    public EventLoop Next() => _loops.Value[(uint)Interlocked.Increment(ref _turn) % (uint)_loops.Value.Length];

    public void Dispose()
    {
        if (_loops.IsValueCreated)
        {
            Array.ForEach(_loops.Value, loop => loop.Dispose());
        }
    }
}
