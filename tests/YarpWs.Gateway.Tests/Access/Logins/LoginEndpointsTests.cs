using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace YarpWs.Gateway.Tests.Access.Logins;

/// <summary>What the gateway itself answers to whoever is logged in.</summary>
public sealed class LoginEndpointsTests : IAsyncLifetime
{
    private const string App = "https://app.example";

    private Destination _destination = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _destination = await Destination.StartAsync();
        _gateway = await TestGateway.StartAsync(
            _destination,
            _destination,
            ("Access:Cookie", "session"),
            ("Access:CorsPolicy", "app"),
            ("Access:RequestsPerMinute", "5"),
            ("Origins:Allowed:0", App),
            ("Cors:Policies:app:Origins:0", App),
            ("Cors:Policies:app:Headers:0", "Authorization"),
            ("Cors:Policies:app:Headers:1", "Content-Type"),
            ("Authorization:Policies:senders:Roles:0", "sender"),
            ("ReverseProxy:Routes:senders:ClusterId", "backend"),
            ("ReverseProxy:Routes:senders:AuthorizationPolicy", "Senders"),
            ("ReverseProxy:Routes:senders:Match:Path", "/ws/senders/{**rest}"),
            ("ReverseProxy:Routes:auth:ClusterId", "backend"),
            ("ReverseProxy:Routes:auth:AuthorizationPolicy", "anonymous"),
            ("ReverseProxy:Routes:auth:Match:Path", "/auth/{**rest}"));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _destination.DisposeAsync();
    }

    [Fact]
    public async Task Refresh_LetsTheSocketsOfTheLoginLiveAsLongAsTheNewToken_AndNoOthers()
    {
        using var refreshed = await ConnectAsync(Sign("ann", expiresIn: 3));
        using var ofAnotherSession = await ConnectAsync(Sign("ann", expiresIn: 3, session: "another"));

        var answer = await ExpectAsync(HttpStatusCode.OK, await PostAsync("/auth/refresh", Sign("ann")));

        Assert.Equal((1, "local"), ((int)answer["sockets"]!, (string?)answer["reach"]));
        Assert.InRange((DateTimeOffset)answer["expiresAt"]!, TimeProvider.System.GetUtcNow().AddMinutes(50), TimeProvider.System.GetUtcNow().AddMinutes(60));
        Assert.Equal(4003, (int)(await ofAnotherSession.ReceiveAsync(new byte[64], Deadline.Token())).CloseStatus!.Value);
        await ExpectEchoAsync(refreshed);
    }

    [Theory]
    [InlineData("sender", 2)]
    [InlineData("reader", 1)]
    [InlineData(null, 1)]
    public async Task Refresh_KeepsTheSocketsOpen_OfRoutesThatWouldLetTheTokenIn(string? role, int renewed)
    {
        using var anywhere = await ConnectAsync(Sign("ann", expiresIn: 3, role: "sender"));
        using var senders = await ConnectAsync(Sign("ann", expiresIn: 3, role: "sender"), "/ws/senders/blue");

        var answer = await ExpectAsync(HttpStatusCode.OK, await PostAsync("/auth/refresh", Sign("ann", role: role)));

        Assert.Equal(renewed, (int)answer["sockets"]!);
        await ExpectEchoAsync(anywhere);
        if (renewed == 1)
        {
            Assert.Equal(4003, (int)(await senders.ReceiveAsync(new byte[64], Deadline.Token())).CloseStatus!.Value);
        }
    }

    [Fact]
    public async Task Refresh_WithATokenThatEndsEarlier_ShortensNothing()
    {
        using var socket = await ConnectAsync(Sign("ann", expiresIn: 3600));
        using var shorter = await ConnectAsync(Sign("ben", expiresIn: 2));

        var answer = await ExpectAsync(HttpStatusCode.OK, await PostAsync("/auth/refresh", Sign("ann", expiresIn: 1)));

        Assert.Equal(0, (int)answer["sockets"]!);
        Assert.Equal(4003, (int)(await shorter.ReceiveAsync(new byte[64], Deadline.Token())).CloseStatus!.Value);
        await ExpectEchoAsync(socket);
    }

    [Theory]
    [InlineData("revoked")]
    [InlineData("absent")]
    [InlineData("garbage")]
    public async Task Refresh_WithATokenThatIsNotGood_Is401(string fault)
    {
        using var order = await _gateway.Http.PostAsync(
            new Uri(_gateway.Admin, "/revocations"), new StringContent("""{"user": "ben"}""", Encoding.UTF8, "application/json"), Deadline.Token());

        using var answer = await PostAsync("/auth/refresh", fault switch { "revoked" => Sign("ben"), "absent" => null, _ => fault });

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Theory]
    [InlineData(App, HttpStatusCode.OK)]
    [InlineData("https://evil.example", HttpStatusCode.Forbidden)]
    [InlineData(null, HttpStatusCode.Forbidden)]
    public async Task Refresh_ByCookie_IsForPagesThatAreLetIn(string? origin, HttpStatusCode status)
    {
        using var answer = await PostAsync("/auth/refresh", token: null, origin, cookie: Sign("ann"));

        Assert.Equal(status, answer.StatusCode);
    }

    [Theory]
    [InlineData("/auth/refresh", App, true)]
    [InlineData("/auth/ticket", App, true)]
    [InlineData("/auth/ticket", "https://evil.example", false)]
    public async Task Preflight_IsAnsweredByTheNamedPolicy(string path, string origin, bool isAllowed)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, path);
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", "Authorization, Content-Type");
        using var answer = await _gateway.Http.SendAsync(request, Deadline.Token());

        Assert.Equal((HttpStatusCode.NoContent, isAllowed), (answer.StatusCode, answer.Headers.Contains("Access-Control-Allow-Origin")));
    }

    [Fact]
    public async Task OtherPathsAndMethods_UnderTheSamePrefix_AreTheRoutes()
    {
        using var other = await _gateway.Http.GetAsync(new Uri("/auth/login", UriKind.Relative), Deadline.Token());
        using var get = await _gateway.Http.GetAsync(new Uri("/auth/refresh", UriKind.Relative), Deadline.Token());

        Assert.Equal(["/auth/login", "/auth/refresh"], _destination.Arrivals.Select(arrival => arrival.Target));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (other.StatusCode, get.StatusCode));
    }

    [Fact]
    public async Task EmptyPath_LeavesEverythingToTheRoutes()
    {
        await using var gateway = await TestGateway.StartAsync(_destination, _destination, ("Access:Path", ""));

        using var answer = await gateway.Http.PostAsync(new Uri("/auth/refresh", UriKind.Relative), content: null, Deadline.Token());

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Ticket_OpensOneSocket_AndNoSecond()
    {
        var ticket = await IssueAsync("/ws/start/blue");

        using var socket = await OpenAsync($"/ws/start/blue?a=1&ticket={ticket}&b=2");
        await ExpectEchoAsync(socket);
        var again = await HandshakeAsync($"/ws/start/blue?ticket={ticket}");

        Assert.Equal("/ws/start/blue?a=1&b=2", Assert.Single(_destination.Arrivals).Target);
        Assert.StartsWith("HTTP/1.1 401 ", again, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/ws/start/red", App)]
    [InlineData("/ws/start/blue", "https://evil.example")]
    [InlineData("/ws/start/blue", null)]
    public async Task Ticket_ElsewhereThanItIsFor_IsRefused_AndSpent(string path, string? origin)
    {
        var ticket = await IssueAsync("/ws/start/blue");

        Assert.StartsWith("HTTP/1.1 401 ", await HandshakeAsync($"{path}?ticket={ticket}", origin), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 401 ", await HandshakeAsync($"/ws/start/blue?ticket={ticket}"), StringComparison.Ordinal);
        Assert.Empty(_destination.Arrivals);
    }

    [Theory]
    [InlineData("/ws/start/blüe", "/ws/start/bl%C3%BCe")]
    [InlineData("/ws/start/bl%C3%BCe", "/ws/start/bl%C3%BCe")]
    [InlineData("/ws/start/a%2Fb", "/ws/start/a%2Fb")]
    public async Task Ticket_PathIsTheSame_HoweverItIsWritten(string asked, string opened)
    {
        var ticket = await IssueAsync(asked);

        Assert.StartsWith("HTTP/1.1 101 ", await HandshakeAsync($"{opened}?ticket={ticket}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ticket_OfALoginThatIsRevokedMeanwhile_IsRefused()
    {
        var ticket = await IssueAsync("/ws/start/blue");
        using var order = await _gateway.Http.PostAsync(
            new Uri(_gateway.Admin, "/revocations"), new StringContent("""{"user": "ann"}""", Encoding.UTF8, "application/json"), Deadline.Token());

        Assert.StartsWith("HTTP/1.1 401 ", await HandshakeAsync($"/ws/start/blue?ticket={ticket}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TicketOfAnApplication_GoesThroughToIt()
    {
        using var plain = await _gateway.Http.GetAsync(new Uri("/auth/x?ticket=ywt_AAAA", UriKind.Relative), Deadline.Token());
        using var socket = await _gateway.ConnectAsync("/ws/start/blue?ticket=ST-1-of-the-application", options => options.SetRequestHeader("Authorization", "Bearer " + Sign("ann")));

        Assert.Equal(["/auth/x?ticket=ywt_AAAA", "/ws/start/blue?ticket=ST-1-of-the-application"], _destination.Arrivals.Select(arrival => arrival.Target));
    }

    [Theory]
    [InlineData("application/json", """{"path": "ws/start/blue"}""", 400)]
    [InlineData("application/json", """{"path": "/ws/start/blue?a=1"}""", 400)]
    [InlineData("application/json", """{"path": "/ws", "origin": "https://app.example"}""", 400)]
    [InlineData("application/json", """{"path": "/ws/start/blue", "path": "/ws/start/red"}""", 400)]
    [InlineData("application/json", "{}", 400)]
    [InlineData("application/json", "null", 400)]
    [InlineData("application/json", "/ws/start/blue", 400)]
    [InlineData("text/plain", """{"path": "/ws/start/blue"}""", 415)]
    [InlineData("application/json", "large", 413)]
    public async Task TicketOrder_ThatIsNotClear_GetsNone(string type, string body, int status)
    {
        var content = new StringContent(body == "large" ? $$"""{"path": "/{{new string('x', 10_000)}}"}""" : body, Encoding.UTF8, type);

        using var answer = await PostAsync("/auth/ticket", Sign("ann"), App, content: content);

        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task UserWhoAsksTooOften_Is429_AndNobodyElseIs()
    {
        for (var i = 0; i < 5; i++)
        {
            await ExpectAsync(HttpStatusCode.OK, await PostAsync("/auth/refresh", Sign("ann")));
        }

        // One in twelve seconds comes back, which a busy machine may take for what went before.
        var tooMany = await PostAsync("/auth/ticket", Sign("ann"));
        for (var more = 0; tooMany.StatusCode == HttpStatusCode.OK && more < 5; more++)
        {
            tooMany.Dispose();
            tooMany = await PostAsync("/auth/ticket", Sign("ann"));
        }

        using var another = await PostAsync("/auth/refresh", Sign("ben"));

        Assert.Equal((HttpStatusCode.TooManyRequests, HttpStatusCode.OK), (tooMany.StatusCode, another.StatusCode));
        Assert.InRange(tooMany.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(12));
        tooMany.Dispose();
    }

    private static string Sign(string user, int expiresIn = 3600, string session = "session", string? role = null) =>
        Tokens.For(user, role: role, expiresIn: TimeSpan.FromSeconds(expiresIn), session: session, issuedIn: TimeSpan.Zero);

    private async Task<string> IssueAsync(string path)
    {
        var answer = await ExpectAsync(
            HttpStatusCode.OK, await PostAsync("/auth/ticket", Sign("ann"), App, content: new StringContent($$"""{"path": "{{path}}"}""", Encoding.UTF8, "application/json")));
        Assert.Equal(30, (int)answer["expiresIn"]!);
        return (string)answer["ticket"]!;
    }

    private async Task<HttpResponseMessage> PostAsync(string path, string? token, string? origin = null, string? cookie = null, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        foreach (var (name, value) in new[] { ("Authorization", token is null ? null : "Bearer " + token), ("Origin", origin), ("Cookie", cookie is null ? null : "session=" + cookie) })
        {
            if (value is not null)
            {
                request.Headers.Add(name, value);
            }
        }

        return await _gateway.Http.SendAsync(request, Deadline.Token());
    }

    private Task<ClientWebSocket> OpenAsync(string target) => _gateway.ConnectAsync(target, options => options.SetRequestHeader("Origin", App));

    private Task<string> HandshakeAsync(string target, string? origin = App) => _gateway.SendRawAsync(
        [
            $"GET {target} HTTP/1.1", "Host: x", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", .. origin is null ? (string[])[] : [$"Origin: {origin}"],
        ]);

    private Task<ClientWebSocket> ConnectAsync(string token, string path = "/ws/start/blue") =>
        _gateway.ConnectAsync(path, options => options.SetRequestHeader("Authorization", "Bearer " + token));

    private static async Task ExpectEchoAsync(ClientWebSocket socket)
    {
        var buffer = new byte[64];
        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Deadline.Token());
        var echo = await socket.ReceiveAsync(buffer, Deadline.Token());
        Assert.Equal("hello", Encoding.UTF8.GetString(buffer, 0, echo.Count));
    }

    private static async Task<JsonNode> ExpectAsync(HttpStatusCode status, HttpResponseMessage response)
    {
        using (response)
        {
            var body = await response.Content.ReadAsStringAsync(Deadline.Token());
            Assert.True(response.StatusCode == status, $"{response.StatusCode} {body}");
            return JsonNode.Parse(body)!;
        }
    }
}
