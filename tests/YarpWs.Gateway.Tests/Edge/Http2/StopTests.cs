using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Tests.Edge.Tls;
using YarpWs.Tests.Support.WebSockets;

namespace YarpWs.Gateway.Tests.Edge.Http2;

/// <summary>A gateway that stops sends its clients to another one at once, whatever of theirs is still open.</summary>
public sealed class StopTests : IAsyncLifetime
{
    private const int RefusedStream = 7;

    private readonly string _token = Tokens.For("ann");
    private Destination _destination = null!;

    public async ValueTask InitializeAsync() => _destination = await Destination.StartAsync();

    public ValueTask DisposeAsync() => _destination.DisposeAsync();

    [Fact]
    public async Task Connection_IsToldToGoAway_BeforeItsSocketsHearGoodbye()
    {
        await using var gateway = await StartAsync("Http2", ("Shutdown:SocketsPerSecond", "1"));
        await using var client = await ConnectAsync(gateway);
        var first = await OpenAsync(client);
        var second = await OpenAsync(client);

        var stopping = gateway.StopAsync();
        Assert.Equal(1012, await ClosedAsync(first));
        Assert.True(client.WentAway.IsCompleted);
        Assert.Equal(new Http2WireEnd(int.MaxValue, 0), await client.WentAway);

        await EchoAsync(second);
        Assert.Equal(1012, await ClosedAsync(second));
        await AnswerAsync(first, second);
        await client.Ended.WaitAsync(Deadline.Token());
        await stopping.WaitAsync(Deadline.Token());
        Assert.DoesNotContain(gateway.Log.Lines, line => line.Contains("failed to close gracefully", StringComparison.Ordinal));
    }

    /// <summary>Clients of a library, behind a balancer that knows of the stop.</summary>
    [Fact]
    public async Task NextSocketOfEachClient_IsOpenedOnAnotherGateway_AtItsFirstTry()
    {
        await using var first = await StartAsync("Http2");
        await using var second = await StartAsync("Http2");
        var port = first.Public.Port;
        using var http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var connection = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await connection.ConnectAsync(IPAddress.Loopback, port, cancellation);
                return new NetworkStream(connection, ownsSocket: true);
            },
        });
        var sockets = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ConnectAsync(http)));
        Assert.Equal(20, first.Services.GetRequiredService<SocketTable>().Count);
        port = second.Public.Port;

        var stopping = first.StopAsync();
        var next = await Task.WhenAll(sockets.Select(async socket =>
        {
            var received = await socket.ReceiveAsync(new byte[16], Deadline.Token());
            Assert.Equal(1012, (int?)received.CloseStatus);
            var opened = await ConnectAsync(http);
            await socket.CloseOutputAsync(socket.CloseStatus!.Value, null, Deadline.Token());
            return opened;
        }));

        Assert.Equal(20, second.Services.GetRequiredService<SocketTable>().Count);
        await stopping.WaitAsync(Deadline.Token());
        Array.ForEach([.. sockets, .. next], socket => socket.Dispose());
    }

    /// <summary>Behind TLS a socket of HTTP/1.1 stays with the server, which would break off its read.</summary>
    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task SocketBehindTls_HearsGoodbye_AndItsAnswerIsHeard(string version)
    {
        await using var gateway = await TlsTestGateway.StartAsync();
        using var socket = await gateway.ConnectAsync(new Version(version));

        var stopping = gateway.Gateway.StopAsync();
        var received = await socket.ReceiveAsync(new byte[16], Deadline.Token());
        await socket.CloseOutputAsync(socket.CloseStatus!.Value, null, Deadline.Token());
        await stopping.WaitAsync(Deadline.Token());

        Assert.Equal(1012, (int?)received.CloseStatus);
        Assert.Contains("close code 1012, closed by Gateway;", await gateway.Gateway.Log.ExpectAsync(1902), StringComparison.Ordinal);
    }

    /// <summary>What was on its way when the connection was told may be sent again, of whatever kind it is, since nothing of it was looked at.</summary>
    [Fact]
    public async Task StreamThatCrossedTheGoAway_IsRefused_SoThatItsClientMaySendItAgain()
    {
        await using var gateway = await StartAsync("Http2");
        await using var client = await ConnectAsync(gateway);
        var socket = await OpenAsync(client);
        var stopping = gateway.StopAsync();
        await client.WentAway.WaitAsync(Deadline.Token());

        var late = await client.OpenSocketAsync("/ws/start/blue", ("authorization", "Bearer " + _token));
        var post = await client.OpenAsync("POST", "/api/x", hasBody: true);

        Assert.Equal((RefusedStream, RefusedStream), (await late.Ended.WaitAsync(Deadline.Token()), await post.Ended.WaitAsync(Deadline.Token())));
        Assert.Equal(1012, await ClosedAsync(socket));
        await AnswerAsync(socket);
        await stopping.WaitAsync(Deadline.Token());
        Assert.Single(_destination.Arrivals);
    }

    [Fact]
    public async Task ConnectionWithoutAStream_IsEndedAtOnce_WhileSocketsOfOthersLive()
    {
        await using var gateway = await StartAsync("Http2");
        await using var idle = await ConnectAsync(gateway);
        await using var other = await ConnectAsync(gateway);
        var socket = await OpenAsync(other);

        var stopping = gateway.StopAsync();
        await idle.Ended.WaitAsync(Deadline.Token());

        Assert.False(stopping.IsCompleted);
        Assert.Equal(0, (await idle.WentAway).Code);
        Assert.Equal(1012, await ClosedAsync(socket));
        await AnswerAsync(socket);
        await stopping.WaitAsync(Deadline.Token());
    }

    [Fact]
    public async Task Delay_IsOverBeforeAnybodyIsToldToGoAway()
    {
        await using var gateway = await StartAsync("Http2", ("Shutdown:Delay", "00:00:02"));
        await using var client = await ConnectAsync(gateway);
        await OpenAsync(client);
        var stopping = gateway.StopAsync();
        await gateway.Log.ExpectAsync(1005);

        var socket = await OpenAsync(client);

        Assert.Equal(1012, await ClosedAsync(socket));
        Assert.True(client.WentAway.IsCompleted);
        await client.DisposeAsync();
        await stopping.WaitAsync(Deadline.Token());
    }

    [Fact]
    public async Task AnswerOverHttp1_ThatEndsAfterTheStopBegan_EndsItsConnection()
    {
        await using var gateway = await StartAsync("Http1");
        _destination.Holds = new TaskCompletionSource();
        using var client = new TcpClient();
        var answer = AskAsync(client, gateway);
        await _destination.Asked.WaitAsync(Deadline.Token());

        var stopping = gateway.StopAsync();
        await gateway.Log.ExpectAsync(1001);
        _destination.Holds.SetResult();

        Assert.Contains("connection: close", await answer, StringComparison.OrdinalIgnoreCase);
        await stopping.WaitAsync(Deadline.Token());
    }

    [Fact]
    public async Task ConnectionOverHttp1_ThatIsKeptForTheNextRequest_IsClosedAtOnce()
    {
        await using var gateway = await StartAsync("Http1");
        using var socket = await gateway.ConnectAsync("/ws/start/blue", options => options.SetRequestHeader("Authorization", "Bearer " + _token));
        using var client = new TcpClient();
        await AskAsync(client, gateway);

        var stopping = gateway.StopAsync();

        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1], Deadline.Token()));
        Assert.False(stopping.IsCompleted);
        socket.Abort();
        await stopping.WaitAsync(Deadline.Token());
    }

    private Task<TestGateway> StartAsync(string protocols, params (string Key, string? Value)[] settings) => TestGateway.StartAsync(_destination, _destination,
    [
        ("Kestrel:Endpoints:Http:Protocols", protocols),
        ("ReverseProxy:Routes:api:AuthorizationPolicy", "anonymous"),
        .. settings,
    ]);

    private static Task<Http2Wire> ConnectAsync(TestGateway gateway) => Http2Wire.ConnectAsync(new IPEndPoint(IPAddress.Loopback, gateway.Public.Port), Deadline.Token());

    /// <summary>Ends once the socket has carried a message.</summary>
    private async Task<ClientWebSocket> ConnectAsync(HttpMessageInvoker http)
    {
        var socket = new ClientWebSocket { Options = { HttpVersion = HttpVersion.Version20, HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact } };
        socket.Options.SetRequestHeader("Authorization", "Bearer " + _token);
        await socket.ConnectAsync(new Uri("ws://chat.example/ws/start/blue"), http, Deadline.Token());
        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Deadline.Token());
        Assert.Equal(5, (await socket.ReceiveAsync(new byte[16], Deadline.Token())).Count);
        return socket;
    }

    private async Task<Http2WireStream> OpenAsync(Http2Wire client)
    {
        var socket = await client.OpenSocketAsync("/ws/start/blue", ("authorization", "Bearer " + _token));
        Assert.Equal(200, await socket.Status.WaitAsync(Deadline.Token()));
        await EchoAsync(socket);
        return socket;
    }

    private static async Task EchoAsync(Http2WireStream socket)
    {
        await socket.SendAsync(Frames.FromClient(Opcode.Text, "hello"u8), Deadline.Token());
        Assert.Equal("hello"u8.ToArray(), (await socket.ReadAsync(7, Deadline.Token()))[2..]);
    }

    private static async Task<int> ClosedAsync(Http2WireStream socket)
    {
        var head = await socket.ReadAsync(4, Deadline.Token());
        Assert.Equal(0x88, head[0]);
        await socket.ReadAsync(head[1] - 2, Deadline.Token());
        return BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(2));
    }

    private static async Task AnswerAsync(params Http2WireStream[] sockets)
    {
        foreach (var socket in sockets)
        {
            await socket.SendAsync(Frames.FromClient(Opcode.Close, [0x03, 0xF4]), Deadline.Token());
            await socket.EndAsync();
        }
    }

    /// <summary>Returns the head of the answer, once all of it has come.</summary>
    private static async Task<string> AskAsync(TcpClient client, TestGateway gateway)
    {
        await client.ConnectAsync(IPAddress.Loopback, gateway.Public.Port, Deadline.Token());
        await client.GetStream().WriteAsync("GET /api/x HTTP/1.1\r\nHost: chat.example\r\n\r\n"u8.ToArray(), Deadline.Token());
        var buffer = new byte[4096];
        var answer = new StringBuilder();
        while (!answer.ToString().Contains("answer", StringComparison.Ordinal) || !answer.ToString().EndsWith("0\r\n\r\n", StringComparison.Ordinal))
        {
            var count = await client.GetStream().ReadAsync(buffer, Deadline.Token());
            Assert.NotEqual(0, count);
            answer.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return answer.ToString();
    }
}
