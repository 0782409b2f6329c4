using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using YarpWs.Gateway.Tests.Content;
using YarpWs.Gateway.Tests.Edge.Tls;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Tests.Edge;

/// <summary>The PROXY protocol in front of the gateway, and towards destinations.</summary>
public sealed class ProxyProtocolTests
{
    private const string Line = "PROXY TCP4 203.0.113.9 192.0.2.1 56324 443\r\n";

    [Fact]
    public async Task Client_IsTheOneThatABalancerNames()
    {
        await using var site = await ListenAsync("'Networks': [ '127.0.0.0/8' ]");

        var answer = await SendAsync(site, Line + "GET /x HTTP/1.1\r\nHost: a.example\r\nX-Forwarded-For: 198.51.100.1\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        var headers = site.Destination.Arrivals.Single().Headers;
        Assert.Equal(("203.0.113.9", "203.0.113.9"), (headers["X-Forwarded-For"], headers["X-Real-IP"]));
    }

    [Fact]
    public async Task Header_AndRequest_MayComeInPieces()
    {
        await using var site = await ListenAsync("'Networks': [ '127.0.0.0/8' ]");
        using var client = await ConnectAsync(site);

        foreach (var piece in (string[])["PRO", "XY TCP4 203.0.113.9 192.0.2.1 56", "324 443\r", "\nGE", "T /x HTTP/1.1\r\nHost: a.example\r\n\r\n"])
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(piece), Deadline.Token());
        }

        Assert.StartsWith("HTTP/1.1 200", await ReadAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Header_StandsInFrontOfTls()
    {
        await using var gateway = await TlsTestGateway.StartAsync(($"{TlsTestGateway.Endpoint}:ProxyProtocol:Networks:0", "127.0.0.0/8"));
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, gateway.Gateway.Public.Port, Deadline.Token());
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Line), Deadline.Token());
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(TlsTestGateway.Trusting("chat.example"), Deadline.Token());

        await tls.WriteAsync("GET /demo/a HTTP/1.1\r\nHost: chat.example\r\nConnection: close\r\n\r\n"u8.ToArray(), Deadline.Token());
        using var reader = new StreamReader(tls);

        Assert.StartsWith("HTTP/1.1 200", await reader.ReadToEndAsync(Deadline.Token()), StringComparison.Ordinal);
        Assert.Equal("203.0.113.9", gateway.Arrivals.Single().Headers["X-Real-IP"]);
    }

    [Fact]
    public async Task Probe_OfTheBalancersOwn_IsTheBalancer()
    {
        await using var site = await ListenAsync("'Networks': [ '127.0.0.0/8' ]");

        await SendAsync(site, "PROXY UNKNOWN\r\nGET /x HTTP/1.1\r\nHost: a.example\r\n\r\n");

        Assert.Equal("127.0.0.1", site.Destination.Arrivals.Single().Headers["X-Real-IP"]);
    }

    [Theory]
    [InlineData("GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n", "it sends no header of the PROXY protocol")]
    [InlineData("PROXY TCP4 203.0.113.9 192.0.2.1 56324\r\nGET /x HTTP/1.1\r\nHost: a.example\r\n\r\n", "has not the six words")]
    [InlineData("PROXY TCP4 010.0.113.9 192.0.2.1 56324 443\r\nGET /x HTTP/1.1\r\nHost: a.example\r\n\r\n", "an address that is none")]
    public async Task HostileHeader_ClosesTheConnection_WithALine(string bytes, string says)
    {
        await using var site = await ListenAsync("'Networks': [ '127.0.0.0/8' ]");

        Assert.Equal("", await SendAsync(site, bytes));

        Assert.Contains(says, await site.Gateway.Log.ExpectAsync(1505), StringComparison.Ordinal);
        Assert.Empty(site.Destination.Arrivals);
    }

    [Fact]
    public async Task UntrustedPeer_IsRefused_WhateverItSays()
    {
        await using var site = await ListenAsync("'Networks': [ '10.0.0.0/8' ]");

        Assert.Equal("", await SendAsync(site, Line + "GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n"));

        Assert.Contains("none of ProxyProtocol:Networks", await site.Gateway.Log.ExpectAsync(1505), StringComparison.Ordinal);
        Assert.Empty(site.Destination.Arrivals);
    }

    [Fact]
    public async Task UntrustedPeer_IsServedAsItself_WhereOthersAreServed()
    {
        await using var site = await ListenAsync("'Networks': [ '10.0.0.0/8' ], 'ServeOthers': true");

        Assert.StartsWith("HTTP/1.1 200", await SendAsync(site, Line + "GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n"), StringComparison.Ordinal);
        Assert.Equal("127.0.0.1", site.Destination.Arrivals.Single().Headers["X-Real-IP"]);
        Assert.Equal("", await SendAsync(site, "GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n"));
    }

    [Fact]
    public async Task SilentPeer_IsClosed_WhenItsTimeIsOver()
    {
        await using var site = await ListenAsync("'Networks': [ '127.0.0.0/8' ], 'Timeout': '00:00:00.200'");
        using var client = await ConnectAsync(site);
        await client.GetStream().WriteAsync("PROXY TCP4 1"u8.ToArray(), Deadline.Token());

        Assert.Equal("", await ReadAsync(client));

        Assert.Contains("did not come in time", await site.Gateway.Log.ExpectAsync(1505), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HeaderWithinARequest_IsNothingOfTheConnections()
    {
        await using var site = await ListenAsync("'Networks': [ '127.0.0.0/8' ]");

        var answer = await SendAsync(site, Line + Line + "GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EndpointWithoutIt_TakesNoHeader()
    {
        await using var site = await ListenAsync("'Networks': [ '127.0.0.0/8' ]");

        var answer = await site.Gateway.SendRawAsync("PROXY TCP4 203.0.113.9 192.0.2.1 56324 443", "GET /x HTTP/1.1", "Host: a.example");

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "Networks", "anybody could name any client's address")]
    [InlineData("'Networks': [ '10.0.0.0/40' ]", "Networks:0", "no network")]
    [InlineData("'Networks': [ '10.0.0.0/8' ], 'Timeout': '01:00:00'", "Timeout", "out of bounds")]
    public async Task SettingThatIsWrong_StopsTheStart_AndIsNamed(string text, string key, string says)
    {
        var exception = await Assert.ThrowsAsync<InvalidSettingException>(() => ListenAsync(text.Length == 0 ? "'Timeout': '00:00:01'" : text));

        Assert.Equal($"Kestrel:Endpoints:Proxied:ProxyProtocol:{key}", exception.Key);
        Assert.Contains(says, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("V1")]
    [InlineData("V2")]
    public async Task Destination_IsToldOfEachClient_OnAConnectionOfItsOwn(string version)
    {
        await using var behind = await ListenAsync("'Networks': [ '127.0.0.0/8' ]");
        var address = $"http://127.0.0.1:{PortOf(behind)}";
        await using var front = await SiteGateway.StartBesideAsync(
            $"'Metadata': {{ 'Connections.ProxyProtocol': '{version}' }}, 'Destinations': {{ 'a': {{ 'Address': '{address}' }} }}",
            SiteGateway.Forwarded("").Replace("'c'", "'d'", StringComparison.Ordinal),
            "'Forwarding': { 'TrustedProxies': [ '127.0.0.1' ] }");

        foreach (var client in (string[])["203.0.113.1", "203.0.113.2"])
        {
            using var answer = await front.AskAsync("/plain", ("X-Forwarded-For", client));
            using var request = new HttpRequestMessage(HttpMethod.Post, "/body") { Content = new StringContent("text") };
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", client);
            using var posted = await front.Http.SendAsync(request, Deadline.Token());
            using var socket = await front.Gateway.ConnectAsync("/ws", options => options.SetRequestHeader("X-Forwarded-For", client));
            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (answer.StatusCode, posted.StatusCode));
        }

        Assert.Equal(
            ["203.0.113.1 /body", "203.0.113.1 /plain", "203.0.113.1 /ws", "203.0.113.2 /body", "203.0.113.2 /plain", "203.0.113.2 /ws"],
            behind.Destination.Arrivals.Select(arrival => $"{arrival.Headers["X-Real-IP"]} {arrival.Target}").Order(StringComparer.Ordinal));
    }

    private static Task<SiteGateway> ListenAsync(string options) => SiteGateway.StartWithAsync(
        $"'Kestrel': {{ 'Endpoints': {{ 'Proxied': {{ 'Url': 'http://127.0.0.1:0', 'ProxyProtocol': {{ {options} }} }} }} }}", SiteGateway.Forwarded(""));

    /// <summary>Endpoints listen in the order of their names: "Http" is that of the tests.</summary>
    private static int PortOf(SiteGateway site) => site.Gateway.Addresses.Single(address => address != site.Gateway.Public && address != site.Gateway.Admin).Port;

    private static async Task<TcpClient> ConnectAsync(SiteGateway site)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, PortOf(site), Deadline.Token());
        return client;
    }

    /// <summary>The head of the answer; nothing when the connection is closed, in order or not, and be it before it was asked.</summary>
    private static async Task<string> SendAsync(SiteGateway site, string bytes)
    {
        try
        {
            using var client = await ConnectAsync(site);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(bytes), Deadline.Token());
            return await ReadAsync(client);
        }
        catch (Exception exception) when (exception is SocketException { SocketErrorCode: SocketError.ConnectionReset }
            or IOException { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown } })
        {
            return "";
        }
    }

    /// <summary>The head of the answer; nothing when the connection is closed, in order or not.</summary>
    private static async Task<string> ReadAsync(TcpClient client)
    {
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            while (!answer.ToString().Contains("\r\n\r\n", StringComparison.Ordinal) && await client.GetStream().ReadAsync(buffer, Deadline.Token()) is > 0 and var count)
            {
                answer.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }
        }
        catch (IOException)
        {
            // Reset.
        }

        return answer.ToString();
    }
}
