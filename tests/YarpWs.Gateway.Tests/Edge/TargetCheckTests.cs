using System.Net;

namespace YarpWs.Gateway.Tests.Edge;

public sealed class TargetCheckTests : IAsyncLifetime
{
    private Destination _a = null!;
    private Destination _b = null!;

    public async ValueTask InitializeAsync()
    {
        _a = await Destination.StartAsync();
        _b = await Destination.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Theory]
    [InlineData("/demo/a?x=\t")]
    [InlineData("/demo/a?x=\u0001")]
    [InlineData("/demo/a?x=\v\f")]
    [InlineData("/demo/a?x=\u007f")]
    [InlineData("/demo/a?x=1#y")]
    [InlineData("/demo/a\tb")]
    [InlineData("/demo/a#b")]
    public async Task Target_WithACharacterThatIsNone_Is400(string target)
    {
        await using var gateway = await TestGateway.StartAsync(_a, _b);

        var answer = await gateway.SendRawAsync($"GET {target} HTTP/1.1", "Host: chat.example");

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Empty(_a.Arrivals.Concat(_b.Arrivals));
    }

    [Theory]
    [InlineData("/demo/a?x=1 HTTP/1.0", HttpStatusCode.BadRequest)]
    [InlineData("/demo/a?x=\u007f", HttpStatusCode.BadRequest)]
    [InlineData("/demo/a?x=1#y", HttpStatusCode.BadRequest)]
    [InlineData("/demo/a b", HttpStatusCode.BadRequest)]
    [InlineData("/demo/a%20b?x=%09|{}\"<>", HttpStatusCode.OK)]
    public async Task Target_OverHttp2_IsHeldToTheSameCharacters(string target, HttpStatusCode status)
    {
        await using var gateway = await TestGateway.StartAsync(_a, _b, ("Kestrel:Endpoints:Http:Protocols", "Http2"));
        var asWritten = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://{gateway.Public.Authority}{target}", in asWritten))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using var response = await gateway.Http.SendAsync(request, Deadline.Token());

        Assert.Equal(status, response.StatusCode);
        Assert.Equal(status == HttpStatusCode.OK ? [target] : [], _a.Arrivals.Concat(_b.Arrivals).Select(arrival => arrival.Target));
    }
}
