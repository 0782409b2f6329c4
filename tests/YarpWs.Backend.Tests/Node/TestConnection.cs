using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Protocols;
using YarpWs.Backend.Telemetry;
using YarpWs.Tests.Logs;

namespace YarpWs.Backend.Tests.Node;

/// <summary>A connection that is served inside the process, and the client at its other end.</summary>
internal sealed class TestConnection : IAsyncDisposable
{
    private static readonly BackendMetrics Metrics =
        ActivatorUtilities.CreateInstance<BackendMetrics>(new ServiceCollection().AddMetrics().BuildServiceProvider());

    private readonly CancellationTokenSource _aborted = new();
    private readonly DuplexStream _server;
    private readonly Task<CloseCode> _ended;

    /// <param name="connection">Not running yet.</param>
    /// <param name="handle">What is done with the client's messages; nothing by default.</param>
    /// <param name="buffer">Bytes that fit on the way while the client does not read.</param>
    public TestConnection(Connection connection, Func<ClientMessage, CancellationToken, Task<CloseCode?>>? handle = null, int buffer = 64 * 1024)
    {
        (_server, var client) = DuplexStream.Pair(buffer);
        Connection = connection;
        Client = new RawWebSocket(client);
        _ended = ServeAsync(handle ?? ((_, _) => Task.FromResult<CloseCode?>(null)));
    }

    public Connection Connection { get; }

    public RawWebSocket Client { get; }

    /// <summary>How the connection ended.</summary>
    public Task<CloseCode> Ended => _ended.WaitAsync(Deadline.Length);

    public bool HasEnded => _ended.IsCompleted;

    /// <summary>A connection without a node.</summary>
    public static Connection New(ConnectionOptions? options = null, TimeProvider? time = null, LogCollector? logs = null) => new(
        "ann",
        PlainProtocol.Instance,
        options ?? new ConnectionOptions(),
        Metrics,
        time ?? TimeProvider.System,
        logs is null ? NullLogger<Connection>.Instance : new LoggerFactory([logs]).CreateLogger<Connection>());

    /// <summary>From now on nothing can be sent to the client, though it can be heard.</summary>
    public void BreakSending() => _server.BreakWriting();

    /// <summary>As the platform tells that the connection is gone.</summary>
    public void Abort() => _aborted.Cancel();

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _aborted.CancelAsync();
        await Ended;
        _aborted.Dispose();
    }

    /// <summary>As the platform does, the connection ends when nobody serves it any more.</summary>
    private async Task<CloseCode> ServeAsync(Func<ClientMessage, CancellationToken, Task<CloseCode?>> handle)
    {
        await using (_server)
        {
            return await Connection.RunAsync(_server, handle, _server.Dispose, _aborted.Token, _server.EndWritingAsync);
        }
    }
}
