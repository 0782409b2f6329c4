using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace YarpWs.Benchmarks.Servers;

/// <summary>A server that the benchmark started, with its children. What it prints goes into a file, at no cost to the benchmark.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int Terminate = 15;

    /// <summary>The first 15 characters of it, as Linux keeps them.</summary>
    private const string CompilerThread = ".NET Tiered Com";

    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(15);

    private readonly Process _process;
    private readonly string _output;
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private bool _isEnded;

    private ServerProcess(Process process, string name, string output)
    {
        _process = process;
        _output = output;
        Name = name;
    }

    public string Name { get; }

    public int Id => _process.Id;

    /// <summary>The port that it was waited for on, if it was.</summary>
    public int? Port { get; private set; }

    /// <summary>How long it took until it did what it was waited for; seen every 50 ms.</summary>
    public TimeSpan ReadyAfter { get; private set; }

    /// <param name="name">What it is called in messages.</param>
    /// <param name="folder">Where it starts, and where its output is written.</param>
    /// <param name="command">The program and its arguments, one each; nothing is split.</param>
    /// <param name="environment">Over the benchmark's own.</param>
    public static ServerProcess Start(string name, string folder, IEnumerable<string> command, params (string Key, string Value)[] environment)
    {
        var output = Path.Combine(folder, "output.log");

        // The shell only opens the file, and then becomes the program.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >\"$0\" 2>&1 </dev/null", output, .. command]) { WorkingDirectory = folder };
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        return new ServerProcess(Process.Start(start)!, name, output);
    }

    /// <summary>Waits until it accepts connections.</summary>
    public async Task WaitForPortAsync(int port)
    {
        await WaitUntilAsync(
            async () =>
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                return true;
            },
            $"to listen on port {port}");
        Port = port;
    }

    /// <summary>Waits until it answers this address with a success.</summary>
    public async Task WaitForAnswerAsync(Uri address)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        await WaitUntilAsync(
            async () =>
            {
                using var answer = await http.GetAsync(address);
                return answer.IsSuccessStatusCode;
            },
            $"to answer {address}");
    }

    /// <summary>CPU that it and its children have used so far.</summary>
    public double CpuSeconds() => ProcessFiles.TreeOf(Id).Sum(ProcessFiles.CpuSeconds);

    /// <summary>CPU that .NET has used so far to compile again what runs often; none in other processes.</summary>
    public double CompilerSeconds() => ProcessFiles.TreeOf(Id).Sum(process => ProcessFiles.CpuSeconds(process, CompilerThread));

    /// <summary>Memory that it and its children hold now.</summary>
    public long ResidentBytes() => ProcessFiles.TreeOf(Id).Sum(ProcessFiles.ResidentBytes);

    /// <summary>Throws when it has ended, with the end of what it printed.</summary>
    public void EnsureRunning()
    {
        if (_process.HasExited)
        {
            throw new InvalidOperationException($"{Name} has ended with {_process.ExitCode}. It printed:\n{LastLines()}");
        }
    }

    /// <summary>Tells it to stop, and does not wait until it has.</summary>
    public void Stop()
    {
        if (SendSignal(Id, Terminate) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{Name} could not be told to stop");
        }
    }

    /// <summary>What it has printed so far.</summary>
    public IEnumerable<string> OutputLines() => File.ReadLines(_output);

    /// <summary>Ends it, if it still runs: politely first.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isEnded)
        {
            return;
        }

        _isEnded = true;
        if (!_process.HasExited)
        {
            Stop();
            using var deadline = new CancellationTokenSource(StopDeadline);
            try
            {
                await _process.WaitForExitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
                await _process.WaitForExitAsync(CancellationToken.None);
            }
        }

        _process.Dispose();
    }

    private async Task WaitUntilAsync(Func<Task<bool>> isThere, string what)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            EnsureRunning();
            try
            {
                if (await isThere())
                {
                    ReadyAfter = Stopwatch.GetElapsedTime(_startedAt);
                    return;
                }
            }
            catch (Exception exception) when (exception is SocketException or HttpRequestException)
            {
                // Not there yet.
            }

            if (Stopwatch.GetElapsedTime(started) > StartDeadline)
            {
                throw new TimeoutException($"Waited {StartDeadline.TotalSeconds} s for {Name} {what}. It printed:\n{LastLines()}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }

    private string LastLines() => string.Join('\n', OutputLines().TakeLast(30));

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int process, int signal);
}
