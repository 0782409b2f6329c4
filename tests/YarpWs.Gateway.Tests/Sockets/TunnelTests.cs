using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using YarpWs.Gateway.Tests.Edge.Tls;
using YarpWs.Gateway.Tests.Forwarding;
using YarpWs.Gateway.Tests.Handshakes;

namespace YarpWs.Gateway.Tests.Sockets;

/// <summary>What a route upgrades to beside websocket: raw bytes, under the rules of sockets.</summary>
public sealed class TunnelTests
{
    private const string Switched = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";

    private static readonly string Request = Ask("POST", "Connection: Upgrade\r\nUpgrade: tcp\r\n");

    [Theory]
    [InlineData("GET", "tcp", "tcp", "tcp")]
    [InlineData("POST", "tcp", "tcp", "tcp")]
    [InlineData("POST", "SPDY/3.1", "SPDY/3.1", "SPDY/3.1")]
    [InlineData("GET", "TCP", "TCP", "tcp")]
    [InlineData("GET", "h2c, foo/2, spdy/3.1, tcp", "spdy/3.1", "SPDY/3.1")]
    public async Task Upgrade_ThatTheRouteNames_OpensATunnel_OfBytesAsTheyCome(string method, string offered, string asked, string agreed)
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Ask(method, $"Connection: Upgrade\r\nUpgrade: {offered}\r\nX-Own: 1\r\n"));
        using var backend = await gateway.Destination.AcceptAsync();
        Assert.StartsWith($"{method} /open/x HTTP/1.1\r\n", backend.Head, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: Upgrade\r\n", backend.Head, StringComparison.Ordinal);
        Assert.Contains($"\r\nUpgrade: {asked}\r\n", backend.Head, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Own: 1\r\n", backend.Head, StringComparison.Ordinal);
        await backend.AnswerAsync($"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: {agreed}\r\nX-Stream: 7\r\n\r\n\u0088\u0000early");

        var head = await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 101 ", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nUpgrade: {agreed}\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Stream: 7\r\n", head, StringComparison.Ordinal);
        Assert.Equal("\u0088\u0000early", await client.ReadToAsync("early"));
        await client.SendAsync("\u0000\u0088\u00ff no frame");
        Assert.Equal("\u0000\u0088\u00ff no frame", await backend.ReadToAsync("frame"));
    }

    [Theory]
    [InlineData("Connection: Upgrade\r\nUpgrade: foo\r\n")]
    [InlineData("Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n")]
    [InlineData("Connection: Upgrade\r\nUpgrade: tcp/2\r\n")]
    [InlineData("Upgrade: tcp\r\n")]
    [InlineData("Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 2\r\n", "{}")]
    public async Task Upgrade_ToAnythingElse_OrNotAsItMustBe_IsPassedOver(string headers, string body = "")
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Ask("POST", headers) + body);
        using var backend = await gateway.Destination.AcceptAsync();
        await backend.AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("\r\nUpgrade:", backend.Head, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Upgrade_OfHttp10_IsPassedOver()
    {
        await using var gateway = await StartAsync();

        Assert.DoesNotContain("\r\nUpgrade:", await gateway.ForwardedAsync(Request.Replace("HTTP/1.1", "HTTP/1.0", StringComparison.Ordinal)), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Upgrade_ThatAnotherRouteNames_IsPassedOver()
    {
        await using var gateway = await StartAsync(
            ("ReverseProxy:Routes:other:ClusterId", "backend"), ("ReverseProxy:Routes:other:AuthorizationPolicy", "anonymous"), ("ReverseProxy:Routes:other:Match:Path", "/other"));

        Assert.DoesNotContain("\r\nUpgrade:", await gateway.ForwardedAsync(Request.Replace("/open/x", "/other", StringComparison.Ordinal)), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("Upgrade: spdy/3.1\r\n")]
    [InlineData("Upgrade: tcp, spdy/3.1\r\n")]
    [InlineData("")]
    public async Task Destination_ThatSwitchesToSomethingElse_Is502(string upgrade)
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Request);
        using var backend = await gateway.Destination.AcceptAsync();

        await backend.AnswerAsync($"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n{upgrade}\r\nraw");

        Assert.StartsWith("HTTP/1.1 502 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await backend.ClosedAsync();
    }

    /// <summary>Some leave out Connection, and some say more of their own connection than they should.</summary>
    [Theory]
    [InlineData("Upgrade: tcp\r\n")]
    [InlineData("Connection: keep-alive, Upgrade\r\nUpgrade: tcp\r\nKeep-Alive: timeout=5\r\n")]
    public async Task Answer_ThatSwitches_SaysNoMoreOfTheConnectionThanItsProtocol(string headers)
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Request);
        using var backend = await gateway.Destination.AcceptAsync();

        await backend.AnswerAsync($"HTTP/1.1 101 Switching Protocols\r\n{headers}\r\n");

        var head = await client.ReadHeadAsync();
        Assert.Equal(
            ["Connection: Upgrade", "Upgrade: tcp"],
            head.Split("\r\n").Where(line => line.StartsWith("Connection:", StringComparison.Ordinal) || line.StartsWith("Upgrade:", StringComparison.Ordinal) || line.StartsWith("Keep-Alive:", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public async Task Bytes_ThatTheClientSendsBeforeItIsAnswered_AreTheFirstOfTheTunnel()
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Request + "early");
        using var backend = await gateway.Destination.AcceptAsync();
        await backend.AnswerAsync(Switched);
        await client.ReadHeadAsync();
        await client.SendAsync(" and late");

        Assert.Equal("early and late", await backend.ReadToAsync("late"));
    }

    [Fact]
    public async Task Answer_OfADestinationThatDoesNotSwitch_IsPassedOn()
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Request);
        using var backend = await gateway.Destination.AcceptAsync();

        await backend.AnswerAsync("HTTP/1.1 409 Conflict\r\nContent-Length: 9\r\n\r\nnot now\r\n");

        Assert.StartsWith("HTTP/1.1 409 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Equal("not now\r\n", await client.ReadToAsync("\n"));
    }

    [Fact]
    public async Task Request_ThatDoesSomething_IsNotAskedTwice()
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Request);
        using (var backend = await gateway.Destination.AcceptAsync())
        {
            await backend.AnswerAsync("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
        }

        Assert.StartsWith("HTTP/1.1 503 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.False(gateway.Destination.IsAskedAgain);
    }

    [Fact]
    public async Task Request_ThatReachedNoDestination_IsSentToTheNext()
    {
        await using var gateway = await StartAsync(
            ("ReverseProxy:Clusters:backend:LoadBalancingPolicy", "FirstAlphabetical"), ("ReverseProxy:Clusters:backend:Destinations:a:Address", $"http://127.0.0.1:{FreePort.Next()}"));

        using var tunnel = await OpenAsync(gateway);
    }

    [Fact]
    public async Task Tunnel_NeedsTheLoginOfItsRoute()
    {
        await using var gateway = await StartClosedAsync();

        Assert.StartsWith("HTTP/1.1 401 ", await gateway.RefusedAsync(Request), StringComparison.Ordinal);
        using var tunnel = await OpenAsync(gateway, Authorized("ann"));
        Assert.Contains("opened a tunnel of tcp on /open/x; route open, destination ", await gateway.Log.ExpectAsync(1903), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tunnel_OfAForeignPage_IsRefused()
    {
        await using var gateway = await StartAsync();

        Assert.StartsWith("HTTP/1.1 403 ", await gateway.RefusedAsync(Ask("GET", "Connection: Upgrade\r\nUpgrade: tcp\r\nOrigin: https://evil.example\r\n")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tunnel_EndsWithItsLogin()
    {
        await using var gateway = await StartClosedAsync();
        using var tunnel = await OpenAsync(gateway, Authorized("ann", TimeSpan.FromSeconds(5)));

        await tunnel.CutAsync();

        var line = await gateway.Log.ExpectAsync(1904);
        Assert.Contains("close code 4003, ended by Gateway; ", line, StringComparison.Ordinal);
        Assert.Contains("route open, destination ", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tunnel_OfARevokedLogin_IsCut()
    {
        await using var gateway = await StartClosedAsync();
        using var tunnel = await OpenAsync(gateway, Authorized("ann"));

        using var order = await gateway.Http.PostAsJsonAsync(new Uri(gateway.Admin, "/revocations"), new { user = "ann" }, Deadline.Token());

        Assert.Equal(HttpStatusCode.OK, order.StatusCode);
        await tunnel.CutAsync();
        Assert.Contains("close code 4004, ended by Gateway; ", await gateway.Log.ExpectAsync(1904), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tunnel_LivesAsLongAsANewerTokenOfItsLogin()
    {
        await using var gateway = await StartClosedAsync();
        using var tunnel = await OpenAsync(gateway, Authorized("ann", TimeSpan.FromMinutes(5)));
        var newer = Tokens.For("ann", expiresIn: TimeSpan.FromHours(2));

        using var request = new HttpRequestMessage(HttpMethod.Post, "/auth/refresh") { Headers = { Authorization = new("Bearer", newer) } };
        using var answer = await gateway.Http.SendAsync(request, Deadline.Token());

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var socket = Assert.Single((await AdminAsync(gateway, "/sockets")).GetProperty("sockets").EnumerateArray());
        Assert.True(socket.GetProperty("tokenExpiresAt").GetDateTimeOffset() > TimeProvider.System.GetUtcNow().AddHours(1));
    }

    [Fact]
    public async Task Tunnels_CountAmongTheSocketsOfTheirRoute()
    {
        await using var gateway = await StartAsync(("ReverseProxy:Routes:open:Metadata:Sockets.MaxSockets", "1"));
        using var tunnel = await OpenAsync(gateway);

        var refused = await gateway.RefusedAsync(Request);

        Assert.StartsWith("HTTP/1.1 503 ", refused, StringComparison.Ordinal);
        Assert.Contains("\r\nRetry-After: ", refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tunnels_CountAmongTheHandshakesOfTheirRoute()
    {
        await using var gateway = await StartAsync(("ReverseProxy:Routes:open:Metadata:Sockets.HandshakesPerSecondPerAddress", "0.01"));
        using var tunnel = await OpenAsync(gateway);

        Assert.StartsWith("HTTP/1.1 429 ", await gateway.RefusedAsync(Request), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_ThatSendsTooFast_IsCut_WhereItsRouteClosesSuch()
    {
        await using var gateway = await StartAsync(
            ("ReverseProxy:Routes:open:Metadata:Sockets.BytesPerSecond", "1 burst 10"), ("ReverseProxy:Routes:open:Metadata:Sockets.OverRate", "Close"));
        using var tunnel = await OpenAsync(gateway);

        await tunnel.Client.SendAsync("more than ten bytes");

        await tunnel.CutAsync();
        Assert.Contains("close code 1008, ended by Gateway; ", await gateway.Log.ExpectAsync(1904), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tunnel_IsListed_ByItsProtocol_AndCountedWhenItHasEnded()
    {
        // A route of its own, as meters are those of the whole process, other tests included.
        await using var gateway = await StartAsync(
            ("ReverseProxy:Routes:listed:ClusterId", "backend"),
            ("ReverseProxy:Routes:listed:AuthorizationPolicy", "anonymous"),
            ("ReverseProxy:Routes:listed:Match:Path", "/listed/{**rest}"),
            ("ReverseProxy:Routes:listed:Upgrades:0", "tcp"));
        using (var tunnel = await OpenAsync(gateway, Request.Replace("/open/", "/listed/", StringComparison.Ordinal)))
        {
            await tunnel.Client.SendAsync("hello");
            await tunnel.Backend.ReadToAsync("hello");
            await tunnel.Backend.AnswerAsync("hi");
            await tunnel.Client.ReadToAsync("hi");

            var socket = Assert.Single((await AdminAsync(gateway, "/sockets?protocol=TCP")).GetProperty("sockets").EnumerateArray());
            Assert.Equal(("tcp", "listed", "/listed/x"), (Text(socket, "protocol"), Text(socket, "route"), Text(socket, "path")));
            Assert.Equal((5, 2, 0), (socket.GetProperty("bytesIn").GetInt64(), socket.GetProperty("bytesOut").GetInt64(), socket.GetProperty("messagesIn").GetInt64()));
            Assert.Equal(0, (await AdminAsync(gateway, "/sockets?protocol=websocket")).GetProperty("found").GetInt32());
            Assert.Contains(",route=\"listed\"} 1\n", Sorted(await MetricsAsync(gateway)), StringComparison.Ordinal);
        }

        await gateway.Log.ExpectAsync(1904);
        Assert.Equal("tcp", Text(Assert.Single((await AdminAsync(gateway, "/sockets/ended")).GetProperty("sockets").EnumerateArray()), "protocol"));
        var metrics = await MetricsAsync(gateway);
        Assert.Contains("yarpws_gateway_socket_io_bytes_total{direction=\"receive\",route=\"listed\"} 5", Sorted(metrics), StringComparison.Ordinal);
        Assert.Contains("yarpws_gateway_socket_io_bytes_total{direction=\"transmit\",route=\"listed\"} 2", Sorted(metrics), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tunnel_ThatBothEndsHaveEnded_LeavesNoConnectionBehind()
    {
        await using var gateway = await StartAsync();
        using var tunnel = await OpenAsync(gateway);
        tunnel.Client.EndSending();
        tunnel.Backend.Connection.Socket.Shutdown(SocketShutdown.Send);

        await tunnel.Backend.ClosedAsync();
        Assert.Equal("", await tunnel.Client.ReadToEndAsync());
        await gateway.Log.ExpectAsync(1904);
        await gateway.NoConnectionIsLeftAsync();
    }

    [Fact]
    public async Task Operator_ClosesATunnel_ByACut()
    {
        await using var gateway = await StartAsync();
        using var tunnel = await OpenAsync(gateway);

        using var order = await gateway.Http.PostAsJsonAsync(
            new Uri(gateway.Admin, "/sockets/close"), new { filter = new { protocol = "tcp" }, code = 1012, reason = "go", perSecond = 100, dryRun = false }, Deadline.Token());

        Assert.Equal(HttpStatusCode.OK, order.StatusCode);
        await tunnel.CutAsync();
        await gateway.Log.ExpectAsync(1904);
        var end = Assert.Single((await AdminAsync(gateway, "/sockets/ended")).GetProperty("sockets").EnumerateArray()).GetProperty("end");
        Assert.Equal((1012, "gateway", "Tunnel"), (end.GetProperty("code").GetInt32(), Text(end, "by"), Text(end, "cut")));
    }

    [Fact]
    public async Task Tunnel_OfADestinationThatIsTakenOut_IsCutInItsTurn()
    {
        await using var gateway = await StartAsync(("ReverseProxy:Clusters:backend:LoadBalancingPolicy", "FirstAlphabetical"));
        using var tunnel = await OpenAsync(gateway);

        using var order = await gateway.Http.PostAsJsonAsync(new Uri(gateway.Admin, "/destinations/a/drain?cluster=backend"), new { perSecond = 100 }, Deadline.Token());

        Assert.Equal(HttpStatusCode.Accepted, order.StatusCode);
        await tunnel.CutAsync();
        Assert.Contains("close code 1012, ended by Gateway; ", await gateway.Log.ExpectAsync(1904), StringComparison.Ordinal);
    }

    [Fact]
    public async Task GatewayThatStops_LetsATunnelGoOn_UntilItsTimeIsOver_AndCutsItThen()
    {
        await using var gateway = await StartAsync(("Shutdown:Timeout", "00:00:03"));
        using var tunnel = await OpenAsync(gateway);

        var stopping = gateway.StopAsync();
        await gateway.Log.ExpectAsync(1330);
        await tunnel.Client.SendAsync("still here");
        await tunnel.Backend.ReadToAsync("still here");
        Assert.False(stopping.IsCompleted);

        await tunnel.CutAsync();
        Assert.Contains("close code -, ended by None; ", await gateway.Log.ExpectAsync(1904), StringComparison.Ordinal);
        await stopping;
    }

    [Fact]
    public async Task GatewayThatStops_IsDone_AsSoonAsItsLastTunnelHasEnded()
    {
        await using var gateway = await StartAsync(("Shutdown:Timeout", "00:10:00"));
        using var tunnel = await OpenAsync(gateway);

        var stopping = gateway.StopAsync();
        await gateway.Log.ExpectAsync(1330);
        tunnel.Client.EndSending();
        await tunnel.Backend.ClosedAsync();
        tunnel.Backend.Dispose();

        await stopping.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Client_ThatEndsItsSendingSide_StillGetsAllThatTheBackendSends()
    {
        await using var gateway = await StartAsync();
        using var tunnel = await OpenAsync(gateway);

        await tunnel.Client.SendAsync("input");
        tunnel.Client.EndSending();
        await tunnel.Backend.ReadToAsync("input");
        await tunnel.Backend.ClosedAsync();
        await tunnel.Backend.AnswerAsync("output");
        Assert.Equal("output", await tunnel.Client.ReadToAsync("output"));
        tunnel.Backend.Dispose();

        Assert.Equal("", await tunnel.Client.ReadToEndAsync());
        Assert.Contains("close code -, ended by Client; 5 bytes in, 6 bytes out;", await gateway.Log.ExpectAsync(1904), StringComparison.Ordinal);
    }

    /// <summary>There the socket is the server's, and the end is a close_notify.</summary>
    [Fact]
    public async Task Client_BehindTls_ThatEndsItsSendingSide_StillGetsAllThatTheBackendSends()
    {
        using var files = new TlsFolder();
        files.Save("own", "a.example");
        await using var gateway = await StartAsync([("Kestrel:Endpoints:Http:Url", "https://127.0.0.1:0"), .. files.Settings("Kestrel:Endpoints:Http", "own")]);
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, gateway.Address.Port, Deadline.Token());
        await using var client = new SslStream(connection.GetStream());
        await client.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "a.example", RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null }, Deadline.Token());
        await client.WriteAsync(Encoding.ASCII.GetBytes(Request), Deadline.Token());
        using var backend = await gateway.Destination.AcceptAsync();
        await backend.AnswerAsync(Switched);
        using var reader = new StreamReader(client);
        while (await reader.ReadLineAsync(Deadline.Token()) is { Length: > 0 })
        {
        }

        await client.WriteAsync("input"u8.ToArray(), Deadline.Token());
        await client.ShutdownAsync();
        connection.Client.Shutdown(SocketShutdown.Send);

        await backend.ReadToAsync("input");
        await backend.ClosedAsync();
        await backend.AnswerAsync("output");
        backend.Dispose();

        Assert.Equal("output", await reader.ReadToEndAsync(Deadline.Token()));
        Assert.Contains("ended by Client; 5 bytes in, 6 bytes out;", await gateway.Log.ExpectAsync(1904), StringComparison.Ordinal);
    }

    /// <summary>It cannot be told of the end of one direction alone.</summary>
    [Fact]
    public async Task Tunnel_ToADestinationBehindTls_EndsWithItsClient()
    {
        using var files = new TlsFolder();
        files.Save("own", "a.example");
        using var certificate = X509Certificate2.CreateFromPemFile(files["own.pem"], files["own.key"]);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var gateway = await StartAsync(
            ("ReverseProxy:Clusters:backend:HttpClient:DangerousAcceptAnyServerCertificate", "true"),
            ("ReverseProxy:Clusters:backend:Destinations:a:Address", $"https://{listener.LocalEndpoint}"), ("ReverseProxy:Clusters:backend:Destinations:b:Address", $"https://{listener.LocalEndpoint}"));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Request);
        using var connection = await listener.AcceptTcpClientAsync(Deadline.Token());
        await using var backend = new SslStream(connection.GetStream());
        await backend.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, Deadline.Token());
        Assert.NotEqual(0, await backend.ReadAsync(new byte[4096], Deadline.Token()));
        await backend.WriteAsync(Encoding.ASCII.GetBytes(Switched + "hi"), Deadline.Token());
        await client.ReadHeadAsync();
        await client.ReadToAsync("hi");
        await client.SendAsync("input");

        client.EndSending();

        await backend.ReadExactlyAsync(new byte["input".Length], Deadline.Token());
        Assert.Equal(0, await backend.ReadAsync(new byte[1], Deadline.Token()));
        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Contains("close code -, ended by Client; 5 bytes in, 2 bytes out;", await gateway.Log.ExpectAsync(1904), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backend_ThatEndsItsSendingSide_StillGetsAllThatTheClientSends()
    {
        await using var gateway = await StartAsync();
        using var tunnel = await OpenAsync(gateway);

        await tunnel.Backend.AnswerAsync("done");
        tunnel.Backend.Connection.Socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("done", await tunnel.Client.ReadToEndAsync());
        await tunnel.Client.SendAsync("and more");
        await tunnel.Backend.ReadToAsync("and more");
        tunnel.Client.EndSending();

        await tunnel.Backend.ClosedAsync();
        Assert.Contains("ended by Backend; 8 bytes in, 4 bytes out;", await gateway.Log.ExpectAsync(1904), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reset_OfOneEnd_ResetsTheOther()
    {
        await using var gateway = await StartAsync();
        using var tunnel = await OpenAsync(gateway);

        tunnel.Backend.Connection.Socket.Close(timeout: 0);

        await Assert.ThrowsAsync<IOException>(tunnel.Client.ReadToEndAsync);
        Assert.Contains("ended by None;", await gateway.Log.ExpectAsync(1904), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MoreThanAnyBuffer_GoesThroughBothWays_AndNothingIsReadThatNobodyTakes()
    {
        await using var gateway = await StartAsync();
        using var tunnel = await OpenAsync(gateway);
        var bytes = new string('x', 8 << 20);

        var sent = Task.WhenAll(tunnel.Client.SendAsync(bytes + "1"), tunnel.Backend.AnswerAsync(bytes + "2"));
        var read = Task.WhenAll(tunnel.Client.ReadLengthAsync(bytes.Length + 1), ReadAsync(tunnel.Backend, bytes.Length + 1));

        await Task.WhenAll(sent, read);
    }

    private static async Task ReadAsync(RawDestination.Asked backend, int length) => await backend.Connection.ReadExactlyAsync(new byte[length], Deadline.Token());

    private static string Ask(string method, string headers) => $"{method} /open/x HTTP/1.1\r\nHost: a.example\r\n{headers}\r\n";

    private static string Authorized(string user, TimeSpan? expiresIn = null) =>
        Ask("POST", $"Connection: Upgrade\r\nUpgrade: tcp\r\nAuthorization: Bearer {Tokens.For(user, expiresIn: expiresIn)}\r\n");

    private static Task<RawGateway> StartAsync(params (string Key, string? Value)[] settings) =>
        RawGateway.StartAsync([("ReverseProxy:Routes:open:Upgrades:0", "tcp"), ("ReverseProxy:Routes:open:Upgrades:1", "spdy/3.1"), .. settings]);

    private static Task<RawGateway> StartClosedAsync() => StartAsync(("ReverseProxy:Routes:open:AuthorizationPolicy", "default"));

    private static async Task<Tunnel> OpenAsync(RawGateway gateway, string? request = null)
    {
        var client = await gateway.ConnectAsync();
        await client.SendAsync(request ?? Request);
        var backend = await gateway.Destination.AcceptAsync();
        await backend.AnswerAsync(Switched);
        Assert.StartsWith("HTTP/1.1 101 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        return new Tunnel(client, backend);
    }

    private static async Task<JsonElement> AdminAsync(RawGateway gateway, string path) =>
        await gateway.Http.GetFromJsonAsync<JsonElement>(new Uri(gateway.Admin, path), Deadline.Token());

    private static Task<string> MetricsAsync(RawGateway gateway) => gateway.Http.GetStringAsync(new Uri(gateway.Admin, "/metrics"), Deadline.Token());

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    /// <summary>Metrics, with the tags of each in the order of their names.</summary>
    private static string Sorted(string metrics)
    {
        var sorted = new StringBuilder();
        foreach (var line in metrics.Split('\n'))
        {
            var (begin, end) = (line.IndexOf('{', StringComparison.Ordinal), line.LastIndexOf('}'));
            sorted.Append(CultureInfo.InvariantCulture, $"{(begin < 0 ? line : $"{line[..begin]}{{{string.Join(',', line[(begin + 1)..end].Split(',').Where(tag => !tag.StartsWith("otel_", StringComparison.Ordinal)).Order())}{line[end..]}")}\n");
        }

        return sorted.ToString();
    }

    private sealed record Tunnel(RawClient Client, RawDestination.Asked Backend) : IDisposable
    {
        /// <summary>Ends when both ends have been cut.</summary>
        public async Task CutAsync()
        {
            await Client.CutAsync();
            await Assert.ThrowsAnyAsync<IOException>(async () =>
            {
                while (await Backend.Connection.ReadAsync(new byte[256], Deadline.Token()) > 0)
                {
                }

                throw new EndOfStreamException();
            });
        }

        public void Dispose()
        {
            Client.Dispose();
            Backend.Dispose();
        }
    }
}
