using System.Net;
using System.Net.Sockets;
using Xunit;

namespace YarpWs.EndToEnd.Tests.Storm;

public sealed class LinkTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly Link _link = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _server.Start();
        _link.Target = ((IPEndPoint)_server.LocalEndpoint).Port;
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync();
        _server.Dispose();
    }

    [Fact]
    public async Task Bytes_PassBothWays()
    {
        using var connection = await ConnectAsync();

        await ExpectToPassAsync(connection.Client, connection.Server);
        await ExpectToPassAsync(connection.Server, connection.Client);
    }

    [Fact]
    public async Task EndOfOneDirection_IsPassedOn_AndTheOtherLivesOn()
    {
        using var connection = await ConnectAsync();

        connection.Client.Shutdown(SocketShutdown.Send);

        Assert.Equal(0, await ReceiveAsync(connection.Server));
        await ExpectToPassAsync(connection.Server, connection.Client);
    }

    [Fact]
    public async Task Cut_ResetsWhatIsConnected_AndNewConnectionsPass()
    {
        using var connection = await ConnectAsync();

        _link.Cut();

        await ExpectResetAsync(connection.Client);
        await ExpectResetAsync(connection.Server);
        using var next = await ConnectAsync();
        await ExpectToPassAsync(next.Client, next.Server);
    }

    [Fact]
    public async Task Closed_ResetsWhoeverConnects_UntilItIsOpen()
    {
        _link.Close();
        await ExpectResetAsync(ConnectAndReceiveAsync);

        _link.Open();

        using var connection = await ConnectAsync();
        await ExpectToPassAsync(connection.Client, connection.Server);
    }

    [Fact]
    public async Task Stalled_KeepsBytesBack_UntilItIsOpen()
    {
        using var connection = await ConnectAsync();

        _link.Stall();
        await connection.Client.SendAsync(new byte[] { 1 }, Cancelled);
        var receiving = ReceiveAsync(connection.Server);

        // Another connection, on which nothing is stalled, has gone there and back meanwhile.
        await using var other = new Link { Target = _link.Target };
        using var through = await ConnectAsync(other);
        await ExpectToPassAsync(through.Client, through.Server);
        Assert.False(receiving.IsCompleted);

        _link.Open();
        Assert.Equal(1, await receiving);
    }

    [Fact]
    public async Task NobodyBehindIt_ResetsWhoConnects()
    {
        _server.Stop();

        await ExpectResetAsync(ConnectAndReceiveAsync);
    }

    private Task<Connection> ConnectAsync() => ConnectAsync(_link);

    private async Task<Connection> ConnectAsync(Link link)
    {
        var accepting = _server.AcceptSocketAsync(Cancelled);
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(IPAddress.Loopback, link.Port, Cancelled);
        return new Connection(client, await accepting);
    }

    private static async Task ExpectToPassAsync(Socket from, Socket to)
    {
        await from.SendAsync(new byte[] { 42 }, Cancelled);
        Assert.Equal(1, await ReceiveAsync(to));
    }

    private static Task<int> ReceiveAsync(Socket socket) => socket.ReceiveAsync(new byte[16]).WaitAsync(Deadline, Cancelled);

    /// <summary>The reset may come so soon that the socket does not even learn that it was connected.</summary>
    private async Task ConnectAndReceiveAsync()
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(IPAddress.Loopback, _link.Port, Cancelled);
        await ReceiveAsync(client);
    }

    private static Task ExpectResetAsync(Socket socket) => ExpectResetAsync(() => ReceiveAsync(socket));

    private static async Task ExpectResetAsync(Func<Task> use)
    {
        var exception = await Assert.ThrowsAsync<SocketException>(use);
        Assert.Equal(SocketError.ConnectionReset, exception.SocketErrorCode);
    }

    private sealed record Connection(Socket Client, Socket Server) : IDisposable
    {
        public void Dispose()
        {
            Client.Dispose();
            Server.Dispose();
        }
    }
}
