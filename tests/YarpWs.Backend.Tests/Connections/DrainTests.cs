using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Tests.Node;
using YarpWs.Tests.Logs;

namespace YarpWs.Backend.Tests.Connections;

public sealed class DrainTests : IAsyncDisposable
{
    private static readonly DrainOptions Settings = new()
    {
        BatchSize = 2,
        BatchInterval = TimeSpan.FromSeconds(10),
        Deadline = TimeSpan.FromMinutes(5),
    };

    private readonly ObservedTime _time = new();
    private readonly ConnectionTable _table = new(Options.Create(new ConnectionOptions()));
    private readonly LogCollector _logs = new();
    private readonly List<TestConnection> _clients = [];
    private readonly SemaphoreSlim _left = new(0);

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        _logs.Dispose();
        _left.Dispose();
    }

    [Fact]
    public async Task Goodbyes_AreSaidInBatches_WithAPauseBetween()
    {
        Connect(count: 5);
        var stopping = StopAsync();

        await _time.BeginAsync(Settings.BatchInterval);
        await LeftAsync(2);
        Assert.Equal(3, _table.Connections.Count());

        _time.Advance(Settings.BatchInterval);
        await _time.BeginAsync(Settings.BatchInterval);
        await LeftAsync(2);
        Assert.Single(_table.Connections);

        _time.Advance(Settings.BatchInterval);
        await _time.PassAsync(Settings.BatchInterval);
        await LeftAsync(1);
        await stopping.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
        Assert.Single(_logs.Lines, line => line.Event.Id == 2011);
    }

    [Fact]
    public async Task Stop_WithoutClients_DoesNotWait()
    {
        await StopAsync().WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);

        Assert.True(_table.IsDraining);
    }

    [Fact]
    public async Task Client_WhoDoesNotLeave_IsLeftBehindAtTheDeadline()
    {
        _table.TryAdd(TestConnection.New());
        var stopping = StopAsync();

        await _time.PassAsync(Settings.BatchInterval);
        Assert.False(stopping.IsCompleted);
        _time.Advance(Settings.Deadline);

        await stopping.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
        Assert.Single(_logs.Lines, line => line is { Event.Id: 2012, Level: LogLevel.Warning });
    }

    private void Connect(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var client = new TestConnection(TestConnection.New());
            Assert.True(_table.TryAdd(client.Connection));
            _clients.Add(client);
            _ = LeaveWhenToldAsync(client);
        }
    }

    private Task StopAsync()
    {
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(_logs));
        return new Drain(_table, Options.Create(Settings), _time, loggers.CreateLogger<Drain>()).StoppingAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Waits until so many more clients were told to leave, and have left.</summary>
    private async Task LeftAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.True(await _left.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken), "No client was told to leave.");
        }
    }

    private async Task LeaveWhenToldAsync(TestConnection client)
    {
        await client.Client.ExpectCloseAsync(CloseCode.ServiceRestart);
        Assert.Equal(CloseCode.ServiceRestart, await client.Ended);
        _table.Remove(client.Connection);
        _left.Release();
    }
}
