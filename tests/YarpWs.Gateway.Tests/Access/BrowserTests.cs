using System.Net;

namespace YarpWs.Gateway.Tests.Access;

public sealed class BrowserTests : IAsyncLifetime
{
    private Destination _destination = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _destination = await Destination.StartAsync();
        _gateway = await TestGateway.StartAsync(
            _destination,
            _destination,
            ("Access:Cookie", "session"),
            ("Cors:Policies:app:Origins:0", "https://app.example"),
            ("Cors:Policies:app:Origins:1", "https://*.rooms.example"),
            ("Cors:Policies:app:Headers:0", "Authorization"),
            ("Cors:Policies:app:PrivateNetwork", "true"),
            ("Origins:Allowed:0", "https://*.rooms.example"),
            ("ReverseProxy:Routes:api:CorsPolicy", "app"),
            ("Cors:Policies:any:Origins:0", "*"),
            ("ReverseProxy:Routes:demo:CorsPolicy", "any"));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _destination.DisposeAsync();
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, "/api/x");
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return await _gateway.Http.SendAsync(request, Deadline.Token());
    }

    [Theory]
    [InlineData("POST", null, HttpStatusCode.Forbidden)]
    [InlineData("POST", "https://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("POST", "same", HttpStatusCode.OK)]
    [InlineData("GET", null, HttpStatusCode.OK)]
    public async Task Cookie_AdmitsAChange_OnlyFromAPageOfTheSameOrigin(string method, string? origin, HttpStatusCode status)
    {
        List<(string, string)> headers = [("Cookie", "session=" + Tokens.For("ann"))];
        if (origin is not null)
        {
            headers.Add(("Origin", origin == "same" ? _gateway.Public.GetLeftPart(UriPartial.Authority) : origin));
        }

        Assert.Equal(status, (await SendAsync(new HttpMethod(method), [.. headers])).StatusCode);
    }

    [Fact]
    public async Task AnswerForPagesOfAnyOrigin_NamesNone()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/demo/x");
        request.Headers.Add("Origin", "https://evil.example");

        using var response = await _gateway.Http.SendAsync(request, Deadline.Token());

        Assert.Equal(["*"], response.Headers.GetValues("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("https://app.example", true)]
    [InlineData("https://evil.example", false)]
    [InlineData("https://blue.rooms.example", true)]
    [InlineData("https://a.b.rooms.example", true)]
    [InlineData("https://rooms.example", false)]
    [InlineData("http://blue.rooms.example", false)]
    [InlineData("https://evil.example/.rooms.example", false)]
    [InlineData("https://blue.rooms.example:8443", false)]
    public async Task Preflight_NeedsNoToken_AndIsAnsweredByTheRoutesPolicy(string origin, bool isAllowed)
    {
        var response = await SendAsync(
            HttpMethod.Options, ("Origin", origin), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "Authorization"));

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(isAllowed, response.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.Equal(["Origin"], response.Headers.Vary);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("https://app.example")]
    [InlineData("https://evil.example")]
    public async Task Answer_OfARouteWithAPolicy_VariesByItsOrigin_WhoeverAsks(string? origin)
    {
        List<(string, string)> headers = [("Authorization", "Bearer " + Tokens.For("ann"))];
        if (origin is not null)
        {
            headers.Add(("Origin", origin));
        }

        using var answer = await SendAsync(HttpMethod.Get, [.. headers]);
        using var refused = await SendAsync(HttpMethod.Get, [.. headers[1..]]);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(["Origin"], answer.Headers.Vary);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal(["Accept", "Origin"], refused.Headers.Vary.Order());
    }

    [Theory]
    [InlineData("https://app.example", true)]
    [InlineData("https://evil.example", false)]
    public async Task PrivateNetwork_MayBeAsked_WhereThePolicySaysSo(string origin, bool isAllowed)
    {
        using var answer = await SendAsync(
            HttpMethod.Options, ("Origin", origin), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Private-Network", "true"));

        Assert.Equal(isAllowed, answer.Headers.Contains("Access-Control-Allow-Private-Network"));
    }

    [Theory]
    [InlineData("https://blue.rooms.example", HttpStatusCode.OK)]
    [InlineData("https://rooms.example", HttpStatusCode.Forbidden)]
    public async Task OriginsBelowAName_AreLetIn_AsOthersAre(string origin, HttpStatusCode status) =>
        Assert.Equal(status, (await SendAsync(HttpMethod.Post, ("Cookie", "session=" + Tokens.For("ann")), ("Origin", origin))).StatusCode);
}
