using System.Net;
using YarpWs.Gateway.Tests.Forwarding;

namespace YarpWs.Gateway.Tests.Edge.Http2;

/// <summary>Who is refused over HTTP/2 is told why as over HTTP/1.1. What cannot be read has no answer there: its stream or its connection ends with a code.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("GET", "/nowhere", 404)]
    [InlineData("TRACE", "/open/x", 405)]
    [InlineData("GET", "/ws/start/blue", 401)]
    [InlineData("GET", "/open/..%2fx", 400)]
    public async Task Refusal_HasASentence_OrAPage(string method, string path, int status)
    {
        await using var gateway = await RawGateway.StartAsync(("Kestrel:Endpoints:Http:Protocols", "Http2"));
        foreach (var type in (string[])["text/plain", "text/html"])
        {
            using var answer = await AskAsync(gateway, method, path, type);

            Assert.Equal((status, type), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
            Assert.True((await answer.Content.ReadAsStringAsync(Deadline.Token())).Length > 20);
        }
    }

    [Fact]
    public async Task Refusal_ForTheHeadAlone_HasNoBody()
    {
        await using var gateway = await RawGateway.StartAsync(("Kestrel:Endpoints:Http:Protocols", "Http2"));

        using var answer = await AskAsync(gateway, "HEAD", "/nowhere", "text/plain");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Deadline.Token()));
    }

    private static async Task<HttpResponseMessage> AskAsync(RawGateway gateway, string method, string path, string type)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(gateway.Address, path)) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Accept.ParseAdd(type);
        return await gateway.Http.SendAsync(request, Deadline.Token());
    }
}
