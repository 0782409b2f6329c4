using System.Net;
using System.Net.WebSockets;

namespace YarpWs.Gateway.Tests.Content;

/// <summary>Handshakes on a route that opens no WebSockets.</summary>
public sealed class PlainRequestsTests
{
    [Fact]
    public async Task Handshake_GoesOnAsThePlainRequestThatItIsWithoutItsUpgrade()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Forwarded("'WebSockets': false"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/x?y=z");
        request.Headers.Connection.Add("Upgrade");
        request.Headers.TryAddWithoutValidation("Upgrade", "websocket");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Version", "13");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");

        using var answer = await site.Http.SendAsync(request, Deadline.Token());

        var arrival = Assert.Single(site.Destination.Arrivals);
        Assert.Equal((HttpStatusCode.OK, "GET", "/x?y=z", false), (answer.StatusCode, arrival.Method, arrival.Target, arrival.Headers.ContainsKey("Upgrade")));
    }

    [Fact]
    public async Task Handshake_OverHttp2_IsRefused()
    {
        await using var gateway = await TestGateway.StartFromAsync(
            TestGateway.SettingsFile,
            ("Kestrel:Endpoints:Http:Protocols", "Http2"),
            ("ReverseProxy:Routes:plain:Match:Path", "/plain"), ("ReverseProxy:Routes:plain:AuthorizationPolicy", "anonymous"), ("ReverseProxy:Routes:plain:ClusterId", "backend"),
            ("ReverseProxy:Routes:plain:WebSockets", "false"));
        using var socket = new ClientWebSocket { Options = { HttpVersion = HttpVersion.Version20, HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact, CollectHttpResponseDetails = true } };

        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri($"ws://{gateway.Public.Authority}/plain"), gateway.Http, Deadline.Token()));

        Assert.Equal(HttpStatusCode.BadRequest, socket.HttpStatusCode);
    }
}
