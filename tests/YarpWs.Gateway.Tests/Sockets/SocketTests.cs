using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;

namespace YarpWs.Gateway.Tests.Sockets;

public sealed class SocketTests : IAsyncLifetime
{
    private readonly string _token = Tokens.For("ann");
    private Destination _a = null!;
    private Destination _b = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _a = await Destination.StartAsync();
        _b = await Destination.StartAsync();
        _gateway = await TestGateway.StartAsync(_a, _b);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    private Task<ClientWebSocket> ConnectAsync(string path = "/ws/start/blue", Action<ClientWebSocketOptions>? configure = null) => _gateway.ConnectAsync(path, options =>
    {
        options.SetRequestHeader("Authorization", "Bearer " + _token);
        configure?.Invoke(options);
    });

    private string[] Handshake(string method = "GET", string version = "HTTP/1.1", params string[] headers) =>
        [$"{method} /ws/start/blue {version}", "Host: chat.example", "Authorization: Bearer " + _token, .. headers];

    private static async Task<string> EchoAsync(ClientWebSocket socket, string text)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, Deadline.Token());
        var buffer = new byte[1024];
        var received = await socket.ReceiveAsync(buffer, Deadline.Token());
        return Encoding.UTF8.GetString(buffer, 0, received.Count);
    }

    [Fact]
    public async Task Socket_CarriesMessages_AndTheAccessLogTellsItsLife()
    {
        using var socket = await ConnectAsync("/ws/start/a%2fb?x=1");
        Assert.Contains("opened a socket on /ws/start/a%2fb", await _gateway.Log.ExpectAsync(1901), StringComparison.Ordinal);

        Assert.Equal("hello", await EchoAsync(socket, "hello"));
        await socket.CloseAsync((WebSocketCloseStatus)4001, "done", Deadline.Token());

        var line = await _gateway.Log.ExpectAsync(1902);
        Assert.Contains("close code 4001, closed by Client;", line, StringComparison.Ordinal);
        Assert.Contains("1 messages in, 1 messages out; route ws,", line, StringComparison.Ordinal);
        Assert.Contains("user ann", line, StringComparison.Ordinal);
        Assert.Equal("/ws/start/a%2fb?x=1", Assert.Single(_a.Arrivals.Concat(_b.Arrivals)).Target);
    }

    [Fact]
    public async Task Socket_OverHttp2_CarriesMessages()
    {
        await using var gateway = await TestGateway.StartAsync(_a, _b, ("Kestrel:Endpoints:Http:Protocols", "Http2"));
        using var socket = await gateway.ConnectAsync("/ws/start/blue", options =>
        {
            options.HttpVersion = HttpVersion.Version20;
            options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
            options.SetRequestHeader("Authorization", "Bearer " + _token);
            options.SetRequestHeader("X-Forwarded-For", "6.6.6.6");
        });

        Assert.Equal("hello", await EchoAsync(socket, "hello"));
        var arrival = Assert.Single(_a.Arrivals.Concat(_b.Arrivals));
        Assert.Equal(("GET", "127.0.0.1"), (arrival.Method, arrival.Headers["X-Forwarded-For"]));
    }

    [Fact]
    public async Task Gateway_ThatStops_ClosesSocketsWith1012()
    {
        using var socket = await ConnectAsync();
        await EchoAsync(socket, "hello");

        var stopping = _gateway.StopAsync();
        var received = await socket.ReceiveAsync(new byte[16], Deadline.Token());
        await socket.CloseOutputAsync(socket.CloseStatus!.Value, null, Deadline.Token());
        await stopping.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);

        Assert.Equal((WebSocketMessageType.Close, 1012), (received.MessageType, (int)received.CloseStatus!.Value));
        Assert.Contains("close code 1012, closed by Gateway;", await _gateway.Log.ExpectAsync(1902), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task Handshake_TurnedAwayByOneDestination_IsTakenByTheOther(int status)
    {
        _a.RefuseWith = status;

        for (var i = 0; i < 4; i++)
        {
            using var socket = await ConnectAsync();
            Assert.Equal("hello", await EchoAsync(socket, "hello"));
        }
    }

    [Fact]
    public async Task Handshake_WithoutAnAnswer_IsTriedOnTheOther()
    {
        _a.Hangs = true;
        await using var gateway = await TestGateway.StartAsync(_a, _b, ("Sockets:HandshakeTimeout", "00:00:02"));

        for (var i = 0; i < 2; i++)
        {
            using var socket = await gateway.ConnectAsync("/ws/start/blue", options => options.SetRequestHeader("Authorization", "Bearer " + _token));
            Assert.Equal("hello", await EchoAsync(socket, "hello"));
        }
    }

    [Fact]
    public async Task Handshake_ToADestinationThatIsGone_IsTakenByTheOther()
    {
        await _a.DisposeAsync();

        for (var i = 0; i < 3; i++)
        {
            using var socket = await ConnectAsync();
            Assert.Equal("hello", await EchoAsync(socket, "hello"));
        }
    }

    [Fact]
    public async Task Handshake_TurnedAwayByAll_GetsTheLastAnswer()
    {
        _a.RefuseWith = _b.RefuseWith = 503;

        var answer = await _gateway.SendRawAsync(Handshake(headers:
            ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]));

        Assert.StartsWith("HTTP/1.1 503 ", answer, StringComparison.Ordinal);
        Assert.Equal(2, _a.Arrivals.Count + _b.Arrivals.Count);
    }

    [Fact]
    public async Task Handshake_RefusedByTheApplication_IsNotTriedAgain()
    {
        _a.RefuseWith = _b.RefuseWith = 404;

        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync());

        Assert.Equal(1, _a.Arrivals.Count + _b.Arrivals.Count);
    }

    [Fact]
    public async Task Request_WithNoDestinationLeft_Is503OrWorse_WithRetryAfter()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();

        using var response = await _gateway.Http.GetAsync(new Uri("/", UriKind.Relative), Deadline.Token());

        Assert.True(response.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable);
        Assert.NotNull(response.Headers.RetryAfter);
    }

    public static TheoryData<string, string, string[], string> Faults => new()
    {
        { "POST", "HTTP/1.1", ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="], "405" },
        { "HEAD", "HTTP/1.1", ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="], "405" },
        { "GET", "HTTP/1.0", ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="], "400" },
        { "GET", "HTTP/1.1", ["Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="], "400" },
        { "GET", "HTTP/1.1", ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 8", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="], "426" },
        { "GET", "HTTP/1.1", ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="], "426" },
        { "GET", "HTTP/1.1", ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"], "400" },
        { "GET", "HTTP/1.1", ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: c2hvcnQ="], "400" },
        { "GET", "HTTP/1.1", ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="], "400" },
        { "POST", "HTTP/1.1", ["Content-Length: +5"], "400" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Handshake_WithAFault_IsRefusedBeforeAnyUpgrade(string method, string version, string[] headers, string status)
    {
        var answer = await _gateway.SendRawAsync(Handshake(method, version, headers));

        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Equal(status == "426", answer.Contains("Sec-WebSocket-Version: 13", StringComparison.Ordinal));
        Assert.Equal(status == "426", answer.Contains("Connection: Upgrade", StringComparison.Ordinal) && answer.Contains("Upgrade: websocket", StringComparison.Ordinal));
        Assert.Equal(status == "405", answer.Contains("Allow: GET", StringComparison.Ordinal));
        Assert.Empty(_a.Arrivals.Concat(_b.Arrivals));
    }

    [Theory]
    [InlineData("SPDY/3.1")]
    [InlineData("h2c")]
    [InlineData("foo, SPDY/3.1")]
    public async Task Upgrade_ToAnythingElse_IsPassedOver_AndTheRequestIsAPlainOne(string protocol)
    {
        var answer = await _gateway.SendRawAsync(
            "GET /api/x HTTP/1.1", "Host: x", "Connection: Upgrade", $"Upgrade: {protocol}", $"Authorization: Bearer {Tokens.For("ann")}");

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        var arrival = Assert.Single(_a.Arrivals.Concat(_b.Arrivals), arrival => arrival.Target == "/api/x");
        Assert.False(arrival.Headers.ContainsKey("Upgrade"));
        Assert.False(arrival.Headers.TryGetValue("Connection", out var connection) && connection.Contains("upgrade", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Trace_IsRefused_AndReachesNobody()
    {
        var answer = await _gateway.SendRawAsync("TRACE /api/x HTTP/1.1", "Host: x", $"Authorization: Bearer {Tokens.For("ann")}");

        Assert.StartsWith("HTTP/1.1 405 ", answer, StringComparison.Ordinal);
        Assert.Contains("Allow: GET, ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain(_a.Arrivals.Concat(_b.Arrivals), arrival => arrival.Target == "/api/x");
    }

    [Fact]
    public async Task Connect_IsNoTunnel()
    {
        var answer = await _gateway.SendRawAsync("CONNECT chat.example:443 HTTP/1.1", "Host: chat.example:443");

        Assert.StartsWith("HTTP/1.1 501 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExtendedConnect_ForAnotherProtocol_Is501()
    {
        await using var gateway = await TestGateway.StartAsync(_a, _b, ("Kestrel:Endpoints:Http:Protocols", "Http2"));
        using var request = new HttpRequestMessage(HttpMethod.Connect, "/ws/start/blue") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Protocol = "connect-udp";
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);

        using var response = await gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Deadline.Token());

        Assert.Equal(HttpStatusCode.NotImplemented, response.StatusCode);
    }

    [Fact]
    public async Task Handshake_OfAnotherVersion_OverHttp2_NamesNoUpgrade()
    {
        await using var gateway = await TestGateway.StartAsync(_a, _b, ("Kestrel:Endpoints:Http:Protocols", "Http2"));
        using var request = new HttpRequestMessage(HttpMethod.Connect, "/ws/start/blue") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Protocol = "websocket";

        using var response = await gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Deadline.Token());

        Assert.Equal((HttpStatusCode.UpgradeRequired, 0), (response.StatusCode, response.Headers.Upgrade.Count));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("http://{host}", true)]
    [InlineData("https://{host}", false)]
    [InlineData("http://evil.example", false)]
    [InlineData("http://{host}.evil.example", false)]
    [InlineData("null", false)]
    public async Task Handshake_OfAForeignOrigin_Is403(string? origin, bool isLetIn)
    {
        var connecting = ConnectAsync(configure: options =>
        {
            if (origin is not null)
            {
                options.SetRequestHeader("Origin", origin.Replace("{host}", _gateway.Public.Authority, StringComparison.Ordinal));
            }
        });

        if (isLetIn)
        {
            (await connecting).Dispose();
        }
        else
        {
            var refused = await Assert.ThrowsAsync<WebSocketException>(() => connecting);
            Assert.Contains("403", refused.Message, StringComparison.Ordinal);
        }
    }
}
