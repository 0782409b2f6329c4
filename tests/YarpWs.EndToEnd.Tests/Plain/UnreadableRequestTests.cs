using System.Net.Sockets;
using System.Text;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Plain;

/// <summary>Requests over HTTP/1.1 that cannot be read, on the gateway's port, its admin port, and a room server's. Kestrel answers them by itself, before anything of the application, with a status alone.</summary>
public sealed class UnreadableRequestTests(GarnetCluster garnet) : IClassFixture<GarnetCluster>
{
    public enum Server
    {
        Gateway,
        Admin,
        RoomServer,
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nX : y\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nX\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 400)]
    [InlineData("POST / HTTP/1.0\r\nHost: x\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: x y\r\n\r\n", 400)]
    [InlineData("GET /\u00e9 HTTP/1.1\r\nHost: x\r\n\r\n", 400)]
    [InlineData("nonsense\r\n\r\n", 400)]
    [InlineData("GET * HTTP/1.1\r\nHost: x\r\n\r\n", 405)]
    [InlineData("GET x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n", 405)]
    [InlineData("GET /LONG HTTP/1.1\r\nHost: x\r\n\r\n", 414)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nCookie: LONG\r\n\r\n", 431)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nMANY\r\n\r\n", 431)]
    [InlineData("GET / HTTP/9.9\r\nHost: x\r\n\r\n", 505)]
    public async Task Request_IsToldWhy_AndEndsItsConnection(string request, int status)
    {
        foreach (var server in Enum.GetValues<Server>())
        {
            var answer = await SendAsync(server, request);

            Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
            Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
            var (head, body) = (answer.Split("\r\n\r\n")[0], answer.Split("\r\n\r\n", 2)[1]);
            Assert.Contains("\r\nContent-Type: text/plain", head, StringComparison.Ordinal);
            Assert.Contains($"\r\nContent-Length: {body.Length}", head, StringComparison.Ordinal);
            Assert.True(body.Length > 20, $"'{body}' does not say much.");
        }
    }

    [Fact]
    public async Task Request_OfABrowser_IsAnsweredWithAPage()
    {
        foreach (var server in Enum.GetValues<Server>())
        {
            Assert.Contains("<h1>431 ", await SendAsync(server, "GET / HTTP/1.1\r\nHost: x\r\nAccept: text/html,*/*;q=0.8\r\nCookie: LONG\r\n\r\n"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Request_IsNotRepeated()
    {
        foreach (var server in Enum.GetValues<Server>())
        {
            Assert.DoesNotContain("secret", await SendAsync(server, "GET / HTTP/1.1\r\nHost: x\r\nAuthorization : Bearer secret\r\n\r\n"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Request_ForTheHeadAlone_GetsThatAlone()
    {
        foreach (var server in Enum.GetValues<Server>())
        {
            Assert.EndsWith("\r\n\r\n", await SendAsync(server, "HEAD / HTTP/1.1\r\nHost: x\r\nX : y\r\n\r\n"), StringComparison.Ordinal);
        }
    }

    /// <summary>What came before it on the same connection has its answer, and only the last one is changed.</summary>
    [Fact]
    public async Task Request_BehindAGoodOne_ChangesOnlyItsOwnAnswer()
    {
        foreach (var server in Enum.GetValues<Server>())
        {
            var answers = await SendAsync(server, "GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nnonsense\r\n\r\n");

            Assert.Single(answers.Split("HTTP/1.1 400 ")[1..]);
            Assert.EndsWith("cannot be read: invalid request line.\n", answers, StringComparison.Ordinal);
            Assert.Equal(server is Server.Gateway ? 1 : 0, answers.Split("No route leads here.").Length - 1);
        }
    }

    /// <summary>Everything that comes until the connection ends.</summary>
    private async Task<string> SendAsync(Server server, string request)
    {
        var bytes = request
            .Replace("LONG", new string('a', 40_000), StringComparison.Ordinal)
            .Replace("MANY", string.Join("\r\n", Enumerable.Range(0, 1100).Select(number => $"X-{number}: a")), StringComparison.Ordinal);
        using var client = new TcpClient();
        await client.ConnectAsync(AddressOf(server).Host, AddressOf(server).Port, Deadline.Token());
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(bytes), Deadline.Token());
        using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
        return await reader.ReadToEndAsync(Deadline.Token());
    }

    private Uri AddressOf(Server server) => server switch
    {
        Server.Gateway => garnet.Cluster.Gateway,
        Server.Admin => garnet.Cluster.Admin,
        _ => garnet.Cluster.Backends[0],
    };
}
