using System.Diagnostics;
using System.Net;
using StackExchange.Redis;

namespace YarpWs.Tests.Redis;

/// <summary>
/// One process of redis-server, as a server of data or as a Sentinel, on a loopback port of its own. It can be killed, stopped in its tracks, started again
/// with what it has written to its folder, and told any command.
/// </summary>
public sealed class RedisProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = Deadline.Length;

    private readonly string _program = Requirements.Find("redis", "redis-server");
    private readonly Func<RedisProcess, IEnumerable<string>> _arguments;
    private Process? _process;
    private ConnectionMultiplexer? _commands;

    /// <param name="arguments">What redis-server is started with, each time; it is told port, address and folder by itself.</param>
    public RedisProcess(Func<RedisProcess, IEnumerable<string>> arguments)
    {
        _arguments = arguments;
        Port = FreePort.Next();
    }

    public int Port { get; }

    /// <summary>Where the other nodes of a cluster reach it; 0 where there is none.</summary>
    public int BusPort { get; init; }

    /// <summary>What it writes goes here, and is deleted with it.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("yarpws-redis-").FullName;

    public IPEndPoint Address => new(IPAddress.Loopback, Port);

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>How the tests' own commands reach it; a server that asks for a password or for TLS has more to say here.</summary>
    public ConfigurationOptions Login { get; set; } = new();

    /// <summary>Starts it, at first or again, and waits until it takes connections.</summary>
    public async Task StartAsync()
    {
        string[] arguments = [.. _arguments(this), "--bind", "127.0.0.1", "--dir", Folder];
        var said = new Queue<string>();
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process = new Process { StartInfo = new ProcessStartInfo(_program, arguments) { RedirectStandardOutput = true } };
        _process.OutputDataReceived += (_, output) =>
        {
            if (output.Data is null)
            {
                ready.TrySetException(new InvalidOperationException("redis-server ended before it took connections: " + string.Join('\n', said)));
            }
            else if (output.Data.Contains("Ready to accept connections", StringComparison.Ordinal) || output.Data.Contains("Sentinel ID is", StringComparison.Ordinal))
            {
                ready.TrySetResult();
            }
            else if (said.Count < 100)
            {
                said.Enqueue(output.Data);
            }
        };
        _process.Start();
        _process.BeginOutputReadLine();
        await ready.Task.WaitAsync(Patience);
    }

    /// <summary>Ends it as a crash does: connections break, nothing more is saved.</summary>
    public async Task KillAsync()
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

    /// <summary>Tells it one command, as an operator would, and returns the answer. Throws what it answers as an error.</summary>
    public async Task<RedisResult> ExecuteAsync(string command, params object[] arguments)
    {
        if (_commands is null)
        {
            var login = Login.Clone();
            login.EndPoints.Add(Address);
            login.AllowAdmin = true;
            login.AbortOnConnectFail = false;
            login.TieBreaker = login.ConfigurationChannel = "";
            login.ReconnectRetryPolicy = new LinearRetry(200);
            _commands = await ConnectionMultiplexer.ConnectAsync(login);
        }

        return await _commands.GetServer(Address).ExecuteAsync(command, arguments);
    }

    /// <summary>Has the client ask whether this is a master. By itself it may take it for the replica that it was for a minute longer, and refuse what writes.</summary>
    public async Task LearnRoleAsync()
    {
        if (_commands is not null)
        {
            await _commands.ConfigureAsync();
        }
    }

    /// <summary>The fields of a section of INFO.</summary>
    public async Task<IReadOnlyDictionary<string, string>> InfoAsync(string section) =>
        ((string)(await ExecuteAsync("INFO", section))!)
            .Split("\r\n")
            .Select(line => line.Split(':', 2))
            .Where(field => field.Length == 2)
            .ToDictionary(field => field[0], field => field[1]);

    /// <summary>Asks again until the answer is the one that is waited for. A server that cannot answer yet has not given it.</summary>
    public async Task WaitAsync(string what, Func<RedisProcess, Task<bool>> isSo)
    {
        var deadline = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                if (await isSo(this))
                {
                    return;
                }
            }
            catch (Exception exception) when (exception is RedisException or RedisCommandException && deadline.Elapsed < Patience)
            {
                // It is starting, or changing its role.
            }

            if (deadline.Elapsed > Patience)
            {
                throw new TimeoutException($"Waited {Patience.TotalSeconds} s for the server on port {Port}: {what}.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_commands is not null)
        {
            await _commands.DisposeAsync();
        }

        await KillAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process!.Id}"]);
        await kill.WaitForExitAsync();
    }
}
