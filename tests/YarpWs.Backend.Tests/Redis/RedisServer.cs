using System.Diagnostics;

namespace YarpWs.Tests.Redis;

/// <summary>
/// A real <c>redis-server</c>, as a process of its own that can be killed, and stopped in its tracks. By itself it keeps nothing; what it was told to SAVE it
/// has again when it is started again.
/// </summary>
/// <param name="settings">As its command line takes them, over those that it has here.</param>
public sealed class RedisServer(params string[] settings) : RedisUnderTest
{
    private readonly string _program = Requirements.Find("redis", "redis-server");
    private readonly string _folder = Directory.CreateTempSubdirectory("yarpws-redis-").FullName;
    private Process? _process;

    public override async Task StartAsync()
    {
        var start = new ProcessStartInfo(_program, ["--port", $"{Port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", _folder, .. settings])
        {
            RedirectStandardOutput = true,
        };
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, output) =>
        {
            if (output.Data is null)
            {
                ready.TrySetException(new InvalidOperationException("redis-server ended before it took connections."));
            }
            else if (output.Data.Contains("Ready to accept connections", StringComparison.Ordinal))
            {
                ready.TrySetResult();
            }
        };
        _process.Start();
        _process.BeginOutputReadLine();
        await ready.Task.WaitAsync(Deadline.Length);
    }

    public override async Task KillAsync()
    {
        if (Interlocked.Exchange(ref _process, null) is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    /// <summary>Hangs: connections stay open and nothing is answered, until <see cref="ResumeAsync"/>.</summary>
    public Task HangAsync() => SignalAsync("STOP");

    public Task ResumeAsync() => SignalAsync("CONT");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process!.Id}"]);
        await kill.WaitForExitAsync();
    }
}
