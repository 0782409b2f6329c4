using System.Globalization;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Storm;

/// <summary>A redis-server with an append-only file that is written before anybody hears of a write, so that its data is a thing one can keep, lose and set back.</summary>
internal sealed class RedisProcess : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("yarpws-storm-").FullName;
    private ChildProcess? _process;

    public int Port { get; private set; }

    private string Data => Path.Combine(_folder, "appendonlydir");

    private string Snapshot => Path.Combine(_folder, "snapshot");

    /// <summary>Starts it, on a new port, from whatever data is there; done when it takes commands.</summary>
    public async Task StartAsync()
    {
        Port = FreePort();
        _process = ChildProcess.Start(
            Requirements.Find("redis", "redis-server"),
            [
                "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", _folder, "--save", "",
                "--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0",
            ],
            _folder,
            []);
        await Eventually.IsAsync(
            async _ => await TryAskAsync("PING"), "redis-server to take commands", Deadline, () => $"It printed:{Environment.NewLine}{_process.Output}");
    }

    /// <summary>One command by an operator's hand, on a connection of its own.</summary>
    public async Task AskAsync(string command, params object[] arguments)
    {
        await using var hand = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{Port},allowAdmin=true,connectRetry=10");
        await hand.GetServers().Single().ExecuteAsync(command, arguments);
    }

    /// <summary><c>kill -9</c>; done when it is gone.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync(Deadline);
    }

    public void Freeze() => _process!.Freeze();

    public void Thaw() => _process!.Thaw();

    /// <summary>Copies the data as it is now; it may be written meanwhile, and the copy is then that of a moment.</summary>
    public void TakeSnapshot() => Copy(Data, Snapshot);

    /// <summary>While it does not run.</summary>
    public void ReturnToSnapshot() => Copy(Snapshot, Data);

    /// <summary>While it does not run.</summary>
    public void LoseData() => Directory.Delete(Data, recursive: true);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task<bool> TryAskAsync(string command)
    {
        try
        {
            await AskAsync(command);
            return true;
        }
        catch (RedisException)
        {
            return false;
        }
    }

    private static void Copy(string from, string to)
    {
        if (Directory.Exists(to))
        {
            Directory.Delete(to, recursive: true);
        }

        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
