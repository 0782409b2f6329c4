namespace YarpWs.Benchmarks.Servers;

/// <summary>A folder of its own for what one run writes: settings, logs, pids. It is gone when the run has ended well.</summary>
internal sealed class Scratch : IDisposable
{
    private int _named;

    public string Folder { get; } = Directory.CreateTempSubdirectory("yarpws-bench-").FullName;

    /// <summary>Kept for whoever wants to know why a run failed.</summary>
    public bool IsKept { get; set; }

    /// <summary>A new folder in it, for one server.</summary>
    public string NewFolder(string name) => Directory.CreateDirectory(Path.Combine(Folder, $"{name}-{Interlocked.Increment(ref _named)}")).FullName;

    public void Dispose()
    {
        if (!IsKept)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}
