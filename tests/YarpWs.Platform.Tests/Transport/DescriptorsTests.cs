using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using YarpWs.Platform.Settings;
using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Tests.Transport;

public sealed class DescriptorsTests : IDisposable
{
    /// <summary>So few that everything that is opened here is one too many.</summary>
    private static readonly Descriptors Scarce = new(20);

    private static readonly Descriptors Plenty = new(1 << 20);

    private readonly EventLoops _loops = new(1, TimeProvider.System);
    private readonly Lines _lines = new();

    public void Dispose() => _loops.Dispose();

    [Theory]
    [InlineData(400, 336, 368)]
    [InlineData(1024, 960, 992)]
    [InlineData(1 << 20, (1 << 20) - 1024, (1 << 20) - 512)]
    public void Reserve_IsLargerForClients_ThanForDestinations(long limit, long clients, long destinations)
    {
        var descriptors = new Descriptors(limit);

        Assert.Equal((clients, destinations), (descriptors.ForClients, descriptors.ForDestinations));
    }

    [Fact]
    public async Task Clients_ForWhomTooFewAreLeft_AreClosedAtOnce_AndTheOperatorIsToldOnce()
    {
        await using var listener = await ListenAsync(Scarce);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Deadline.Token());
        var accepting = listener.AcceptAsync(stop.Token).AsTask();

        for (var i = 0; i < 3; i++)
        {
            // The reset may come before the connection is known to be there.
            Assert.Equal(SocketError.ConnectionReset, await EndOfAsync(listener));
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accepting);
        Assert.Single(_lines.Said, line => line.Contains("closed at once", StringComparison.Ordinal) && line.Contains("LimitNOFILE=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Client_ForWhomThereIsRoom_StaysOpen()
    {
        await using var listener = await ListenAsync(Plenty);
        using var client = await ConnectAsync(listener);

        await using var connection = await listener.AcceptAsync(Deadline.Token());

        Assert.Equal(client.LocalEndPoint, connection!.RemoteEndPoint);
        Assert.Empty(_lines.Said);
    }

    [Fact]
    public async Task Connection_ForWhichTooFewAreLeft_FailsByThisProcessesOwnFault()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;

        var failure = await Assert.ThrowsAsync<SocketException>(() => HostAddress.ConnectAsync("127.0.0.1", port, _loops.Next(), Scarce, Deadline.Token()));

        Assert.True(Descriptors.AreShortIn(new HttpRequestException("wrapped", failure)));
        Assert.False(Descriptors.AreShortIn(new HttpRequestException("refused", new SocketException((int)SocketError.ConnectionRefused))));
        Assert.False(Descriptors.AreShortIn(null));
        Assert.Equal(0, _loops.Next().Sockets);
    }

    [Fact]
    public async Task Connection_ThatMustBe_IsMadeWhateverIsLeft()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();

        using var socket = await HostAddress.ConnectAsync("127.0.0.1", ((IPEndPoint)listener.LocalEndPoint!).Port, _loops.Next(), descriptors: null, Deadline.Token());

        Assert.False(socket.IsClosed);
    }

    [Fact]
    public void Start_WithTooFew_IsRefused_AndSaysWhatToDo()
    {
        var refusal = Assert.Throws<InvalidSettingException>(() => DescriptorCheck.ThrowIfTooFew(new Descriptors(256)));

        Assert.Contains("ulimit -n", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("at least 384", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1024, 330, 0, false)]
    [InlineData(1024, 331, 0, true)]
    [InlineData(1024, 330, 100, true)]
    public void Start_WithFewerThanTheSettingTakes_IsTold(long limit, long connections, int beside, bool isTold)
    {
        DescriptorCheck.Compare(new Descriptors(limit), "Edge:MaxConnections", connections, each: 2, _lines, beside);

        Assert.Equal(isTold ? 1 : 0, _lines.Said.Count(line => line.Contains("Edge:MaxConnections allows", StringComparison.Ordinal)));
    }

    private static async Task<Socket> ConnectAsync(IConnectionListener listener)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await client.ConnectAsync(listener.EndPoint, Deadline.Token());
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    private static async Task<SocketError> EndOfAsync(IConnectionListener listener)
    {
        try
        {
            using var client = await ConnectAsync(listener);
            return await client.ReceiveAsync(new byte[1], Deadline.Token()) == 0 ? SocketError.Success : throw new InvalidOperationException("A byte came.");
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode;
        }
    }

    private ValueTask<IConnectionListener> ListenAsync(Descriptors descriptors) =>
        new LoopTransport(_loops, descriptors, new UnixListener(), new ActivatedSockets(_ => null, process: 0), TimeProvider.System, _lines).BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Deadline.Token());

    /// <summary>What was logged, as text.</summary>
    private sealed class Lines : ILogger<LoopTransport>
    {
        private readonly Lock _gate = new();
        private readonly List<string> _said = [];

        public IReadOnlyList<string> Said
        {
            get
            {
                lock (_gate)
                {
                    return [.. _said];
                }
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_gate)
            {
                _said.Add(formatter(state, exception));
            }
        }
    }
}
