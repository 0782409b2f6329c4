using System.Net;
using YarpWs.Gateway.Tests.Forwarding;

namespace YarpWs.Gateway.Tests.Edge;

/// <summary>What a request asks for can be read in one way only.</summary>
public sealed class RequestLineTests
{
    [Theory]
    [InlineData("/open/..;/api")]
    [InlineData("/open/a/.;x=1/b")]
    [InlineData("/open/..%3b/api")]
    [InlineData("/open/..%2fapi")]
    [InlineData("/open/a%2f%2e%2e%2fb")]
    [InlineData("/open/..%5capi")]
    [InlineData("/open/..\\api")]
    [InlineData("http://a.example/open/..%5capi")]
    public async Task DotSegment_InDisguise_Is400(string target)
    {
        await using var gateway = await RawGateway.StartAsync();

        var refused = await gateway.RefusedAsync($"GET {target} HTTP/1.1\r\nHost: a.example\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", refused, StringComparison.Ordinal);
    }

    /// <summary>nginx passes them on; a client percent-encodes them, as RFC 3986 has it, and as every browser does.</summary>
    [Theory]
    [InlineData("/open/caf\u00c3\u00a9")]
    [InlineData("/open/x?q=caf\u00c3\u00a9")]
    public async Task Target_WithBytesBeyondAscii_Is400(string target)
    {
        await using var gateway = await RawGateway.StartAsync();

        var refused = await gateway.RefusedAsync($"GET {target} HTTP/1.1\r\nHost: a.example\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", refused, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("get", "")]
    [InlineData("get", RawGateway.Handshake)]
    [InlineData("Post", "Content-Length: 0\r\n")]
    [InlineData("connect", "")]
    public async Task Method_ThatIsAKnownOneInAnotherCase_Is400(string method, string headers)
    {
        await using var gateway = await RawGateway.StartAsync();

        var refused = await gateway.RefusedAsync($"{method} /open/x HTTP/1.1\r\nHost: a.example\r\n{headers}\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", refused, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PURGE")]
    [InlineData("m-search")]
    public async Task Method_OfItsOwn_IsPassedOnAsWritten(string method)
    {
        await using var gateway = await RawGateway.StartAsync();

        Assert.StartsWith($"{method} /open/x HTTP/1.1\r\n", await gateway.ForwardedAsync($"{method} /open/x HTTP/1.1\r\nHost: a.example\r\n\r\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host:\r\n")]
    [InlineData("Host: \r\n")]
    [InlineData("Host:\r\nHost: a.example\r\n")]
    [InlineData("Host: a.example\r\nHost: a.example\r\n")]
    [InlineData("")]
    public async Task Host_ThatIsNotOne_Is400(string headers)
    {
        await using var gateway = await RawGateway.StartAsync();

        var refused = await gateway.RefusedAsync($"GET /open/x HTTP/1.1\r\n{headers}\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", refused, StringComparison.Ordinal);
    }

    /// <summary>No code of the application sees it, so that it has no line in the access log.</summary>
    [Fact]
    public async Task Request_ThatCannotBeRead_IsOneLine_WithoutWhatItHolds()
    {
        await using var gateway = await RawGateway.StartAsync();

        await gateway.RefusedAsync("GET /open/x HTTP/1.1\r\nHost: a.example\r\nAuthorization : Bearer secret\r\n\r\n");

        Assert.Equal("A request of 127.0.0.1 could not be read, and was answered 400: invalid request header.", await gateway.Log.ExpectAsync(3310));
    }

    [Theory]
    [InlineData("HTTP/1.0", "")]
    [InlineData("HTTP/1.1", "Host: a.example\r\n")]
    public async Task Destination_GetsOneHost(string version, string host)
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync($"GET /open/x {version}\r\n{host}\r\n");
        using var asked = await gateway.Destination.AcceptAsync();

        Assert.Single(asked.Head.Split("\r\n"), line => line.StartsWith("Host:", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>RFC 9112, section 3.2.2.</summary>
    [Theory]
    [InlineData("http://b.example/open/x", "a.example", "b.example")]
    [InlineData("http://b.example:8080/open/x", "a.example", "b.example:8080")]
    [InlineData("http://b.example./open/x", "", "b.example")]
    public async Task AbsoluteTarget_NamesTheHost(string target, string host, string told)
    {
        await using var gateway = await RawGateway.StartAsync(("ReverseProxy:Routes:open:Match:Hosts:0", "b.example"));

        var head = await gateway.ForwardedAsync($"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");

        Assert.StartsWith("GET /open/x HTTP/1.1\r\n", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nHost: {told}\r\n", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nX-Forwarded-Host: {told}\r\n", head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("b.example.", "b.example")]
    [InlineData("B.Example.:8080", "B.Example:8080")]
    public async Task Host_WithAFinalDot_IsTheOneWithout(string host, string told)
    {
        await using var gateway = await RawGateway.StartAsync(("ReverseProxy:Routes:open:Match:Hosts:0", "b.example"));

        var head = await gateway.ForwardedAsync($"GET /open/x HTTP/1.1\r\nHost: {host}\r\n\r\n");

        Assert.Contains($"\r\nHost: {told}\r\n", head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://b.example.", "b.example.")]
    [InlineData("http://b.example.", "b.example")]
    [InlineData("http://b.example", "b.example.")]
    public async Task Origin_WithAFinalDot_IsTheOneWithout(string origin, string host)
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync($"GET /open/x HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\n{RawGateway.Handshake}\r\n");
        using var asked = await gateway.Destination.AcceptAsync();
        await asked.AnswerAsync(RawGateway.Accepted + "\r\n");

        Assert.StartsWith("HTTP/1.1 101 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_ByDefault_MayBeMany_AndTheRequestLine8KiB()
    {
        await using var gateway = await RawGateway.StartAsync();
        var headers = string.Concat(Enumerable.Range(0, 900).Select(number => $"X-{number}: a\r\n"));

        var head = await gateway.ForwardedAsync($"GET /open/{new string('a', 8000)} HTTP/1.1\r\nHost: a.example\r\n{headers}\r\n");

        Assert.Contains("\r\nX-899: a\r\n", head, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 414 ", await gateway.RefusedAsync($"GET /open/{new string('a', 9000)} HTTP/1.1\r\nHost: a.example\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 431 ", await gateway.RefusedAsync($"GET /open/x HTTP/1.1\r\nHost: a.example\r\n{headers}{headers}\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HeadersAndRequestLine_AreBoundedByTheSettings()
    {
        await using var gateway = await RawGateway.StartAsync(("Edge:MaxRequestHeaders", "2000"), ("Edge:MaxRequestLineBytes", "40000"));
        var headers = string.Concat(Enumerable.Range(0, 1500).Select(number => $"X-{number}: a\r\n"));

        var head = await gateway.ForwardedAsync($"GET /open/{new string('a', 39000)} HTTP/1.1\r\nHost: a.example\r\n{headers}\r\n");

        Assert.Contains("\r\nX-1499: a\r\n", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestLine_OverHttp2_IsBoundedToo()
    {
        await using var gateway = await RawGateway.StartAsync(("Kestrel:Endpoints:Http:Protocols", "Http2"));
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Address, "/open/" + new string('a', 9000)))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        await Assert.ThrowsAsync<HttpRequestException>(() => gateway.Http.SendAsync(request, Deadline.Token()));
    }
}
