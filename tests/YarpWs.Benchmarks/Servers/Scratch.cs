using System.Collections.Concurrent;

namespace YarpWs.Benchmarks.Servers;

/// <summary>
/// A folder of its own for what one run writes: settings, logs, pids. It is gone when the run has ended well. Servers are started through it,
/// so that none outlives the run, however that ends.
/// </summary>
internal sealed class Scratch : IAsyncDisposable
{
    private readonly ConcurrentQueue<ServerProcess> _started = new();
    private int _named;

    public string Folder { get; } = Directory.CreateTempSubdirectory("yarpws-bench-").FullName;

    /// <summary>Kept for whoever wants to know why a run failed.</summary>
    public bool IsKept { get; set; }

    /// <summary>A new folder in it, for one server.</summary>
    public string NewFolder(string name) => Directory.CreateDirectory(Path.Combine(Folder, $"{name}-{Interlocked.Increment(ref _named)}")).FullName;

    /// <summary>Starts a server; its output is written into this folder, which is one of this scratch.</summary>
    public ServerProcess Start(string name, string folder, IEnumerable<string> command, params (string Key, string Value)[] environment)
    {
        var process = ServerProcess.Start(name, folder, command, environment);
        _started.Enqueue(process);
        return process;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _started)
        {
            await process.DisposeAsync();
        }

        if (!IsKept)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}
