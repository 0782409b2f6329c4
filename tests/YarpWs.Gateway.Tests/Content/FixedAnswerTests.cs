using System.Net;
using System.Net.WebSockets;

namespace YarpWs.Gateway.Tests.Content;

/// <summary>Routes that answer by themselves.</summary>
public sealed class FixedAnswerTests
{
    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("DELETE")]
    public async Task Answer_IsTheSameForEveryMethod(string method)
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own("'Answer': { 'Body': '{\\'ok\\':\\'$request_method\\'}', 'ContentType': 'application/json' }".Replace("\\'", "\\\"", StringComparison.Ordinal), "/health"));

        using var answer = await site.AskAsync(new HttpMethod(method), "/health");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal($"{{\"ok\":\"{method}\"}}", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Head_HasTheLengthAndNoBody()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own("'Answer': { 'Body': 'four' }"));

        using var answer = await site.AskAsync(HttpMethod.Head, "/");

        Assert.Equal(4, answer.Content.Headers.ContentLength);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("'Location': 'https://$host$request_uri'", 302)]
    [InlineData("'Status': 301, 'Location': 'https://$host$request_uri'", 301)]
    [InlineData("'Status': 308, 'Location': 'https://$host$request_uri'", 308)]
    public async Task Redirect_HasItsStatus_AndTheClientsOwnEscapes(string answer, int status)
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own($"'Answer': {{ {answer} }}"));

        using var redirect = await site.AskAsync("/a%2Fb%20c?q=%0d%0aX:1", ("Host", "App.Example:8080"));

        Assert.Equal(status, (int)redirect.StatusCode);
        Assert.Equal("https://app.example/a%2Fb%20c?q=%0d%0aX:1", redirect.Headers.NonValidated["Location"].ToString());
    }

    [Fact]
    public async Task Error_WithoutABody_HasASentence()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own("'Answer': { 'Status': 410 }"));

        Assert.Equal((HttpStatusCode.Gone, "Gone.\n"), await site.GetAsync("/"));
    }

    [Fact]
    public async Task NoContent_HasNone()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own("'Answer': { 'Status': 204 }"));

        using var answer = await site.AskAsync(HttpMethod.Options, "/");

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.False(answer.Content.Headers.NonValidated.Contains("Content-Type"));
    }

    [Theory]
    [InlineData("/x.css", "text/css")]
    [InlineData("/x", "text/x-own")]
    [InlineData("/x.nothing", "text/x-own")]
    public async Task Type_FollowsFromThePath_WhereThatIsAsked(string path, string expected)
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own("'Answer': { 'Body': 'x', 'ContentType': 'text/x-own', 'TypeByPath': true }"));

        using var answer = await site.AskAsync(path);

        Assert.Equal(expected, answer.Content.Headers.ContentType?.ToString());
    }

    [Fact]
    public async Task Handshake_IsAnsweredAsThePlainRequestThatItIsWithoutItsUpgrade_WhateverItsOrigin()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own("'Answer': { 'Body': 'x' }"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/x");
        request.Headers.Connection.Add("Upgrade");
        foreach (var (name, value) in new[] { ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Origin", "https://elsewhere.example") })
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var answer = await site.Http.SendAsync(request, Deadline.Token());

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Close_EndsTheConnectionWithoutAnAnswer()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own("'Answer': { 'Close': true }"));

        await Assert.ThrowsAsync<HttpRequestException>(() => site.AskAsync("/"));

        Assert.Contains(" / 444 in ", await site.Gateway.Log.ExpectAsync(1900), StringComparison.Ordinal);
    }

    /// <summary>A client takes a 200 to its CONNECT for a socket that is open (RFC 8441, section 5).</summary>
    [Fact]
    public async Task Handshake_OverHttp2_IsNotAccepted()
    {
        await using var gateway = await StartHttp2Async();
        using var socket = new ClientWebSocket { Options = { HttpVersion = HttpVersion.Version20, HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact } };

        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri($"ws://{gateway.Public.Authority}/answered"), gateway.Http, Deadline.Token()));

        Assert.NotEqual(WebSocketState.Open, socket.State);
    }

    [Fact]
    public async Task Close_OverHttp2_EndsOneRequest_AndTheOthersGoOn()
    {
        await using var gateway = await StartHttp2Async();

        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync("/closed"));

        Assert.Equal("ok", await AskAsync("/answered"));

        async Task<string> AskAsync(string path)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            using var answer = await gateway.Http.SendAsync(request, Deadline.Token());
            return await answer.Content.ReadAsStringAsync(Deadline.Token());
        }
    }

    [Fact]
    public async Task Answer_IsClosedToStrangers_UnlessItsRouteSaysOtherwise()
    {
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => SiteGateway.StartAsync("'r': { 'Match': { 'Path': '/{**path}' }, 'Answer': { } }"));

        Assert.Contains("this route asks for a login", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_AreAppliedLive_LikeTheProxysOwn()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own("'Answer': { 'Body': 'before' }"));
        Assert.Equal("before", (await site.GetAsync("/")).Text);

        var settings = await File.ReadAllTextAsync(site.PathOf("gateway.json"), TestContext.Current.CancellationToken);
        using var content = new StringContent(settings.Replace("before", "behind", StringComparison.Ordinal), System.Text.Encoding.UTF8, "application/json");
        using var taken = await site.Http.PostAsync(new Uri(site.Gateway.Admin, "/routes"), content, Deadline.Token());

        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        Assert.DoesNotContain("behind", await taken.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal("behind", (await site.GetAsync("/")).Text);
    }

    private static Task<TestGateway> StartHttp2Async() => TestGateway.StartFromAsync(
        TestGateway.SettingsFile,
        ("Kestrel:Endpoints:Http:Protocols", "Http2"),
        ("ReverseProxy:Routes:answered:Match:Path", "/answered"), ("ReverseProxy:Routes:answered:AuthorizationPolicy", "anonymous"), ("ReverseProxy:Routes:answered:Answer:Body", "ok"),
        ("ReverseProxy:Routes:closed:Match:Path", "/closed"), ("ReverseProxy:Routes:closed:AuthorizationPolicy", "anonymous"), ("ReverseProxy:Routes:closed:Answer:Close", "true"));
}
