using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Forwarding;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Tests.Forwarding;

public class ForwardingTests
{
    private static readonly ForwardingOptions All = new()
    {
        TrustedProxies = ["10.0.0.0/8", "::1"],
        Headers = ForwardingHeaderSet.XForwarded | ForwardingHeaderSet.XRealIp | ForwardingHeaderSet.Forwarded,
    };

    private static DefaultHttpContext Forward(string peer, params (string Name, string Value)[] headers) => Forward(All, peer, headers);

    private static DefaultHttpContext Forward(ForwardingOptions settings, string peer, params (string Name, string Value)[] headers)
    {
        var options = Options.Create(settings);
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse(peer);
        context.Request.Scheme = "http";
        context.Request.Host = new HostString("chat.example:8080");
        foreach (var (name, value) in headers)
        {
            context.Request.Headers.Append(name, value);
        }

        new ForwardingMiddleware(_ => Task.CompletedTask, options, new TrustedProxies(options), new OwnedHeaders(options, new IdentityHeaders([]))).InvokeAsync(context).GetAwaiter().GetResult();
        return context;
    }

    [Theory]
    [InlineData("X-Forwarded-For")]
    [InlineData("X-Forwarded-Proto")]
    [InlineData("X-Forwarded-Host")]
    [InlineData("X-Forwarded-Port")]
    [InlineData("Forwarded")]
    [InlineData("X-Real-IP")]
    [InlineData("X-User-Id")]
    [InlineData("X_Forwarded_For")]
    [InlineData("x_real_ip")]
    [InlineData("X_User-Id")]
    [InlineData("X.Forwarded.For")]
    [InlineData("x-real.ip")]
    [InlineData("X~User!Id")]
    [InlineData("X+Forwarded*Host")]
    public void OwnedName_FromAnUntrustedPeer_IsNotItsValue(string name)
    {
        var headers = Forward("192.0.2.7", (name, "6.6.6.6")).Request.Headers;

        Assert.DoesNotContain("6.6.6.6", string.Join('\n', headers.SelectMany(header => header.Value.ToArray())), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X_Forwarded_For")]
    [InlineData("X_User_Id")]
    [InlineData("X.User.Id")]
    [InlineData("X^Client^Cert")]
    [InlineData("Content_Length")]
    [InlineData("Transfer.Encoding")]
    public void Twin_FromATrustedPeer_GoesAsWell(string name) =>
        Assert.False(Forward("10.1.1.1", (name, "6.6.6.6")).Request.Headers.ContainsKey(name));

    [Theory]
    [InlineData("X_Other")]
    [InlineData("X.Other")]
    [InlineData("Content.Type")]
    public void OtherName_GoesOn(string name) => Assert.Equal("1", Forward("192.0.2.7", (name, "1")).Request.Headers[name]);

    [Fact]
    public void Untrusted_IsTheClient()
    {
        var context = Forward("::ffff:192.0.2.7", ("X-Forwarded-For", "6.6.6.6"));

        var headers = context.Request.Headers;
        Assert.Equal("192.0.2.7", headers["X-Forwarded-For"]);
        Assert.Equal("192.0.2.7", headers["X-Real-IP"]);
        Assert.Equal("http", headers["X-Forwarded-Proto"]);
        Assert.Equal("chat.example:8080", headers["X-Forwarded-Host"]);
        Assert.Equal("for=192.0.2.7;host=\"chat.example:8080\";proto=http", headers["Forwarded"]);
    }

    [Fact]
    public void Trusted_ChainIsKept_AndThePeerAppended()
    {
        var context = Forward(
            "10.1.1.1",
            ("X-Forwarded-For", "6.6.6.6, 192.0.2.7, 10.2.2.2"),
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Host", "app.example"),
            ("X-Forwarded-Prefix", "/app"),
            ("X-User-Id", "ann"),
            ("Forwarded", "for=192.0.2.7"));

        var headers = context.Request.Headers;
        Assert.Equal("6.6.6.6, 192.0.2.7, 10.2.2.2, 10.1.1.1", headers["X-Forwarded-For"]);
        Assert.Equal("192.0.2.7", headers["X-Real-IP"]);
        Assert.Equal("https", headers["X-Forwarded-Proto"]);
        Assert.Equal("app.example", headers["X-Forwarded-Host"]);
        Assert.Equal("/app", headers["X-Forwarded-Prefix"]);
        Assert.Equal("ann", headers["X-User-Id"]);
        Assert.Equal("for=192.0.2.7, for=10.1.1.1;host=\"chat.example:8080\";proto=http", headers["Forwarded"]);
        Assert.Equal(new Client(IPAddress.Parse("192.0.2.7"), "https", "app.example") { IsSchemeTold = true, IsInChain = true, SentChain = "6.6.6.6, 192.0.2.7, 10.2.2.2" }, context.Features.Get<Client>());
    }

    [Fact]
    public void Forwarded_OfAnIPv6Peer_IsQuotedAndBracketed() =>
        Assert.StartsWith("for=\"[2001:db8::1]\";", Forward("2001:db8::1").Request.Headers["Forwarded"].ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("192.0.2.7:4711", "192.0.2.7")]
    [InlineData("[2001:db8::1]:4711", "2001:db8::1")]
    [InlineData("192.0.2.7, nonsense", "10.1.1.1")]
    [InlineData("10.3.3.3", "10.3.3.3")]
    public void RealIp_IsReadFromTheRight_AsFarAsTheChainCanBeBelieved(string chain, string client) =>
        Assert.Equal(client, Forward("10.1.1.1", ("X-Forwarded-For", chain)).Request.Headers["X-Real-IP"]);

    /// <summary>Lines of one name are one list (RFC 9110, section 5.3), whose end is the last line's.</summary>
    [Theory]
    [InlineData("6.6.6.6, 192.0.2.7", "10.2.2.2", "192.0.2.7")]
    [InlineData("192.0.2.7", "10.2.2.2, 10.3.3.3", "192.0.2.7")]
    [InlineData("6.6.6.6", "192.0.2.7", "192.0.2.7")]
    [InlineData("192.0.2.7", "nonsense", "10.1.1.1")]
    public void Chain_OverTwoLines_IsOneChain(string first, string second, string client)
    {
        var headers = Forward("10.1.1.1", ("X-Forwarded-For", first), ("X-Forwarded-For", second)).Request.Headers;

        Assert.Equal($"{first}, {second}, 10.1.1.1", headers["X-Forwarded-For"]);
        Assert.Equal(client, headers["X-Real-IP"]);
    }

    /// <summary>A dual-stack socket reports IPv4 peers so, and an operator may have copied one from a log.</summary>
    [Theory]
    [InlineData("::ffff:10.0.0.1", "10.0.0.1", "192.0.2.7")]
    [InlineData("::ffff:10.0.0.1", "::ffff:10.0.0.1", "192.0.2.7")]
    [InlineData("::ffff:10.0.0.1", "10.0.0.2", "10.0.0.2")]
    [InlineData("10.0.0.0/8", "::ffff:10.0.0.1", "192.0.2.7")]
    public void MappedAddress_IsTrustedAsTheOneItStandsFor(string proxy, string peer, string client)
    {
        var headers = Forward(new ForwardingOptions { TrustedProxies = [proxy] }, peer, ("X-Forwarded-For", "192.0.2.7")).Request.Headers;

        Assert.Equal(client, headers["X-Real-IP"]);
    }

    [Theory]
    [InlineData("10.0.0.1", "192.0.2.7", "192.0.2.7")]
    [InlineData("10.0.0.1", "192.0.2.7:4711", "192.0.2.7")]
    [InlineData("10.0.0.1", "192.0.2.7, 192.0.2.8", "10.0.0.1")]
    [InlineData("10.0.0.1", "nobody", "10.0.0.1")]
    [InlineData("198.51.100.1", "192.0.2.7", "198.51.100.1")]
    public void ClientHeader_NamesTheClient_WhereATrustedProxySendsIt_WhateverTheChainSays(string peer, string named, string client)
    {
        var context = Forward(new ForwardingOptions { TrustedProxies = ["10.0.0.0/8"], ClientHeader = "X-Client-Address" }, peer, ("X-Client-Address", named), ("X-Forwarded-For", "203.0.113.9"));

        Assert.Equal(client, context.Request.Headers["X-Real-IP"]);
    }

    [Fact]
    public void HeaderNamedInConnection_IsDropped_ButNoneOfOursNorOfTheHandshake()
    {
        var headers = Forward(
            "192.0.2.7",
            ("Connection", "Upgrade, X-Forwarded-For, X-Custom, Sec-WebSocket-Key, Host"),
            ("X-Custom", "1"),
            ("Sec-WebSocket-Key", "key"),
            ("Upgrade", "websocket")).Request.Headers;

        Assert.False(headers.ContainsKey("X-Custom"));
        Assert.Equal("192.0.2.7", headers["X-Forwarded-For"]);
        Assert.True(headers.ContainsKey("Sec-WebSocket-Key") && headers.ContainsKey("Upgrade") && headers.ContainsKey("Host"));
    }

    [Fact]
    public void Header_ThatIsNotSelected_IsStillOwned()
    {
        var headers = Forward(new ForwardingOptions { Headers = ForwardingHeaderSet.None }, "192.0.2.7", ("X-Forwarded-For", "6.6.6.6"), ("X-Real-IP", "6.6.6.6")).Request.Headers;

        Assert.False(headers.ContainsKey("X-Forwarded-For") || headers.ContainsKey("X-Real-IP"));
    }
}
