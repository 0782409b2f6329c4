using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Tests.Edge.Tls;

namespace YarpWs.Gateway.Tests.Forwarding;

/// <summary>Answers that begin before the request's body has been sent, and bodies and answers that go on beside each other.</summary>
public class EarlyAnswerTests
{
    private const string Chunked = "Transfer-Encoding: chunked";
    private const string Sized = "Content-Length: 10";

    [Theory]
    [InlineData(Chunked, "5\r\nhello\r\n")]
    [InlineData(Sized, "hello")]
    public async Task Answer_OfADestinationThatClosesThen_ReachesTheClient(string header, string begun)
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Post(header) + begun);
        using (var asked = await gateway.Destination.AcceptAsync())
        {
            await asked.ReadToAsync("hello");
            await asked.AnswerAsync("HTTP/1.1 413 Content Too Large\r\nContent-Length: 8\r\nConnection: close\r\n\r\ntoo much");
        }

        Assert.StartsWith("HTTP/1.1 413 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await client.ReadToAsync("too much");
    }

    /// <summary>Its connection is reset, because it has not read what was sent.</summary>
    [Fact]
    public async Task Answer_OfADestinationThatReadsNothing_ReachesTheClient_WhichGoesOnSending()
    {
        await using var gateway = await RawGateway.StartAsync(("ReverseProxy:Routes:open:MaxRequestBodySize", "16777216"));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Post("Content-Length: 16777216"));
        var sending = SendAllAsync(client, 16);
        using (var asked = await gateway.Destination.AcceptAsync())
        {
            await asked.AnswerAsync("HTTP/1.1 401 Unauthorized\r\nContent-Length: 6\r\n\r\nlog in");
        }

        Assert.StartsWith("HTTP/1.1 401 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await client.ReadToAsync("log in");
        await sending;
    }

    [Theory]
    [InlineData(Chunked, "5\r\nhello\r\n", "5\r\nagain\r\n", "0\r\n\r\n")]
    [InlineData(Sized, "hello", "again", "")]
    public async Task EachPiece_IsAnsweredBeforeTheNext(string header, string first, string second, string end)
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Post(header) + first);
        using var asked = await gateway.Destination.AcceptAsync();

        await asked.ReadToAsync(first);
        await asked.AnswerAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none.\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await client.ReadToAsync("one.");
        await client.SendAsync(second + end);
        await asked.ReadToAsync(second + end);
        await asked.AnswerAsync("4\r\ntwo.\r\n0\r\n\r\n");

        await client.ReadToAsync("two.\r\n0\r\n\r\n");
    }

    [Fact]
    public async Task EachPiece_IsAnsweredBeforeTheNext_BehindTls()
    {
        using var authority = new TlsAuthority();
        using var certificate = authority.Issue("localhost");
        await using var destination = await EchoAsync(certificate);
        await using var gateway = await RawGateway.StartAsync(
            ("ReverseProxy:Clusters:backend:Destinations:a:Address", destination.Urls.Single()),
            ("ReverseProxy:Clusters:backend:Destinations:b:Address", destination.Urls.Single()),
            ("ReverseProxy:Clusters:backend:HttpClient:DangerousAcceptAnyServerCertificate", "true"));
        using var client = await gateway.ConnectAsync();

        await client.SendAsync(Post(Chunked) + "5\r\nhello\r\n");
        await client.ReadToAsync("5\r\nhello\r\n");
        await client.SendAsync("5\r\nagain\r\n");
        await client.ReadToAsync("5\r\nagain\r\n");
        await client.SendAsync("0\r\n\r\n");

        await client.ReadToAsync("0\r\n\r\n");
    }

    [Fact]
    public async Task Head_ReachesTheClient_BeforeAnythingOfTheContent()
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Post(Chunked));
        using var asked = await gateway.Destination.AcceptAsync();
        await asked.AnswerAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "200 OK\r\nContent-Length: 4", "done")]
    [InlineData("POST", "200 OK\r\nTransfer-Encoding: chunked", "4\r\ndone\r\n0\r\n\r\n")]
    [InlineData("POST", "204 No Content", "")]
    [InlineData("POST", "304 Not Modified", "")]
    [InlineData("POST", "200 OK\r\nContent-Length: 0", "")]
    [InlineData("HEAD", "200 OK\r\nContent-Length: 4", "")]
    public async Task AnswerThatIsWhole_EndsForTheClient_AndTheUploadGoesOn(string method, string head, string content)
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync($"{method} /open/x HTTP/1.1\r\nHost: a.example\r\n{Chunked}\r\n\r\n");
        using var asked = await gateway.Destination.AcceptAsync();
        await asked.AnswerAsync($"HTTP/1.1 {head}\r\n\r\n{content}");
        Assert.StartsWith($"HTTP/1.1 {head[..3]} ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await client.ReadToAsync(content);

        await client.SendAsync("5\r\nhello\r\n0\r\n\r\n");

        await asked.ReadToAsync("hello\r\n0\r\n\r\n");
    }

    [Fact]
    public async Task InterimAnswers_DoNotHoldTheUploadUp()
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Post(Sized) + "hello");
        using var asked = await gateway.Destination.AcceptAsync();
        await asked.AnswerAsync("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
        await client.SendAsync("again");
        await asked.ReadToAsync("helloagain");
        await asked.AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone");

        Assert.Contains("HTTP/1.1 200 ", await client.ReadToAsync("done"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Destination_ThatEndsItsSendingSide_IsSentTheRest()
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Post(Sized) + "hello");
        using var asked = await gateway.Destination.AcceptAsync();
        await asked.AnswerAsync("HTTP/1.1 200 OK\r\n\r\nto the end");
        asked.Connection.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        await client.ReadToAsync("0\r\n\r\n");

        await client.SendAsync("again");

        await asked.ReadToAsync("helloagain");
    }

    [Fact]
    public async Task Connection_WhoseAnswerAndUploadAreWhole_IsUsedAgain()
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Post(Sized) + "helloagain");
        using var first = await gateway.Destination.AcceptAsync();
        await first.ReadToAsync("again");
        await first.AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone");
        await client.ReadToAsync("done");

        await client.SendAsync(Post(Sized) + "helloagain");
        var second = await first.AskedAgainAsync();

        Assert.Contains("\r\nContent-Length: 10\r\n", second!.Head, StringComparison.Ordinal);
    }

    /// <summary>Its answer is whole, so that the platform's client takes it for free.</summary>
    [Fact]
    public async Task Connection_WhoseUploadGoesOn_IsNotUsedForAnotherRequest()
    {
        await using var gateway = await RawGateway.StartAsync();
        using var slow = await gateway.ConnectAsync();
        await slow.SendAsync(Post(Sized) + "hello");
        using var first = await gateway.Destination.AcceptAsync();
        await first.AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone");
        await slow.ReadToAsync("done");

        using var other = await gateway.ConnectAsync();
        await other.SendAsync(Post(Sized) + "otherother");
        using var second = await gateway.Destination.AcceptAsync();
        await second.ReadToAsync("otherother");
        await second.AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother");
        await other.ReadToAsync("other");
        await slow.SendAsync("again");

        await first.ReadToAsync("helloagain");
    }

    [Fact]
    public async Task Destination_ThatClosesWithoutAnAnswer_Is502()
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Post(Sized) + "hello");
        using (var asked = await gateway.Destination.AcceptAsync())
        {
            await asked.ReadToAsync("hello");
        }

        Assert.StartsWith("HTTP/1.1 502 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\ndone")]
    [InlineData("HTTP/1.1 2x0 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")]
    public async Task Answer_ThatIsNone_Is502(string answer)
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Post(Sized) + "hello");
        using var asked = await gateway.Destination.AcceptAsync();
        await asked.AnswerAsync(answer);

        Assert.StartsWith("HTTP/1.1 502 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await asked.ClosedBehindAsync("hello");
    }

    /// <summary>What the client does in the middle of an answer cannot be told by a status any more.</summary>
    [Fact]
    public async Task Client_ThatPausesTooLong_WhileTheAnswerGoesOn_IsCut()
    {
        await using var gateway = await RawGateway.StartAsync(("Bodies:ReceiveTimeout", "00:00:01"));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Post(Sized) + "hello");
        using var asked = await gateway.Destination.AcceptAsync();
        await asked.AnswerAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none.\r\n");
        await client.ReadToAsync("one.\r\n");

        await asked.ClosedBehindAsync("hello");
        await client.CutAsync();
    }

    [Fact]
    public async Task Destination_WhoseAnswerWasPassedOn_IsNotBlamedForTheRestOfTheUpload()
    {
        await using var gateway = await RawGateway.StartAsync(
            ("ReverseProxy:Routes:open:MaxRequestBodySize", "16777216"),
            ("ReverseProxy:Clusters:backend:HealthCheck:Passive:Enabled", "true"),
            ("ReverseProxy:Clusters:backend:HealthCheck:Passive:Policy", "FailureStreak"),
            ("ReverseProxy:Clusters:backend:Metadata:Balancing.FailuresInARow", "1"),
            ("Forwarding:TrustedProxies:0", "127.0.0.1"));
        for (var number = 0; number < 8; number++)
        {
            using var client = await gateway.ConnectAsync();
            await client.SendAsync(Post($"Content-Length: 16777216\r\nX-Forwarded-For: 192.0.2.{number}"));
            using (var asked = await gateway.Destination.AcceptAsync())
            {
                await asked.AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ndone");
            }

            await client.ReadToAsync("done");
            await client.SendAsync(new string('a', 1 << 20));
        }

        Assert.True(gateway.Services.GetRequiredService<IProxyStateLookup>().TryGetCluster("backend", out var cluster));
        Assert.All(cluster.Destinations.Values, destination => Assert.NotEqual(DestinationHealth.Unhealthy, destination.Health.Passive));
    }

    private static string Post(string header) => $"POST /open/x HTTP/1.1\r\nHost: a.example\r\n{header}\r\n\r\n";

    /// <summary>A destination that answers each piece with the same.</summary>
    private static async Task<WebApplication> EchoAsync(X509Certificate2 certificate)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var app = builder.Build();
        app.Run(async context =>
        {
            var buffer = new byte[4096];
            while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) is > 0 and var count)
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, count), context.RequestAborted);
            }
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private static async Task SendAllAsync(RawClient client, int megabytes)
    {
        for (var sent = 0; sent < megabytes; sent++)
        {
            await client.SendAsync(new string('a', 1 << 20));
        }
    }
}
