using Garnet;

namespace YarpWs.Tests.Redis;

/// <summary>Garnet inside the test process: there on every machine.</summary>
public sealed class EmbeddedGarnet : RedisUnderTest
{
    /// <summary>Of two that are made at once, the first in a process, both may find Garnet's tables of its settings half filled; then no other can be made in this process.</summary>
    private static readonly Lock OneAtATime = new();

    private GarnetServer? _server;

    public override Task StartAsync()
    {
        lock (OneAtATime)
        {
            // Without transaction mode, scripts of two connections interleave and messages are heard out of order.
            _server = new GarnetServer(["--port", $"{Port}", "--bind", "127.0.0.1", "--lua", "--lua-transaction-mode", "--memory", "256m", "--index", "16m"]);
        }

        _server.Start();
        return Task.CompletedTask;
    }

    public override Task KillAsync()
    {
        Interlocked.Exchange(ref _server, null)?.Dispose();
        return Task.CompletedTask;
    }
}
