using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace YarpWs.EndToEnd.Tests.Cluster;

/// <summary>A program that a test started, with the end of what it printed. It does not outlive the test.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int LinesKept = 200;
    private const int Interrupt = 2;
    private const int Killed = 9;
    private const int Terminate = 15;
    private const int Continue = 18;
    private const int Freezing = 19;

    private readonly ConcurrentQueue<string> _output = new();
    private readonly Action<string>? _printed;
    private readonly Process _process;

    private ChildProcess(ProcessStartInfo start, Action<string>? printed)
    {
        _printed = printed;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Id = _process.Id;
    }

    public int Id { get; }

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Its newest lines, for the message of a test that fails.</summary>
    public string Output => string.Join(Environment.NewLine, _output);

    /// <param name="program">A path, or a name on the PATH.</param>
    /// <param name="arguments">One each; nothing is quoted or split.</param>
    /// <param name="folder">Where it starts.</param>
    /// <param name="environment">Over the environment of the tests; null removes a variable.</param>
    /// <param name="printed">Told of each line, from any thread.</param>
    public static ChildProcess Start(
        string program, IEnumerable<string> arguments, string folder, IEnumerable<KeyValuePair<string, string?>> environment, Action<string>? printed = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new ChildProcess(start, printed);
    }

    /// <summary>The memory that it holds now: what Linux calls VmRSS.</summary>
    public long ResidentBytes()
    {
        _process.Refresh();
        return _process.WorkingSet64;
    }

    /// <summary>Ends it as <c>kill -9</c> does: it cannot say goodbye.</summary>
    public void Kill() => Send(Id, Killed);

    /// <summary>Asks it to stop, as an operator or a container engine does.</summary>
    public void Stop() => Send(Id, Terminate);

    /// <summary>SIGSTOP: its connections stay, and it does nothing until <see cref="Thaw"/>.</summary>
    public void Freeze() => Send(Id, Freezing);

    /// <summary>SIGCONT.</summary>
    public void Thaw() => Send(Id, Continue);

    /// <summary>Ctrl+C in the terminal of a process group that it leads.</summary>
    public void InterruptGroup() => Send(-Id, Interrupt);

    public void KillGroup() => Send(-Id, Killed);

    /// <summary>Whether any process of the group that it leads, or led, is there.</summary>
    public bool HasGroup() => Send(-Id, 0);

    public async Task WaitForExitAsync(TimeSpan deadline)
    {
        using var waiting = new CancellationTokenSource(deadline);
        try
        {
            await _process.WaitForExitAsync(waiting.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException(
                $"Waited {deadline.TotalSeconds} s for process {Id} to end. It printed:{Environment.NewLine}{Output}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!HasExited)
        {
            Kill();
            await WaitForExitAsync(Deadline.Length);
        }

        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _printed?.Invoke(line);
            _output.Enqueue(line);
            while (_output.Count > LinesKept)
            {
                _output.TryDequeue(out _);
            }
        }
    }

    private static bool Send(int process, int signal) => SendSignal(process, signal) == 0;

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int process, int signal);
}
