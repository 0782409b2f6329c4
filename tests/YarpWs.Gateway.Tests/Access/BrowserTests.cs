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
            ("Cors:Policies:app:Headers:0", "Authorization"),
            ("ReverseProxy:Routes:api:CorsPolicy", "app"));
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

    [Theory]
    [InlineData("https://app.example", true)]
    [InlineData("https://evil.example", false)]
    public async Task Preflight_NeedsNoToken_AndIsAnsweredByTheRoutesPolicy(string origin, bool isAllowed)
    {
        var response = await SendAsync(
            HttpMethod.Options, ("Origin", origin), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "Authorization"));

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(isAllowed, response.Headers.Contains("Access-Control-Allow-Origin"));
    }
}
