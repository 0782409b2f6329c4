using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;

namespace YarpWs.Gateway.Tests.Forwarding;

/// <summary>Bodies of requests on their way to a destination.</summary>
public class UploadTests
{
    private const string Post = "POST /open/x HTTP/1.1\r\nHost: a.example\r\n";

    [Theory]
    [InlineData("Transfer-Encoding: chunked", "5\r\nhello\r\n", "hello", "5\r\nagain\r\n0\r\n\r\n", "again")]
    [InlineData("Content-Length: 10", "hello", "hello", "again", "again")]
    public async Task SmallPiece_IsPassedOnAtOnce(string header, string first, string firstArrived, string second, string secondArrived)
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync($"{Post}{header}\r\n\r\n{first}");
        using var asked = await gateway.Destination.AcceptAsync();

        await asked.ReadToAsync(firstArrived);
        await client.SendAsync(second);
        await asked.ReadToAsync(secondArrived);
        await asked.AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await client.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Contains($"\r\n{header}\r\n", asked.Head, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Client_ThatPausesTooLong_Gets408_AndTheDestinationNoMore()
    {
        await using var gateway = await RawGateway.StartAsync(("Bodies:ReceiveTimeout", "00:00:01"));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Post + "Content-Length: 10\r\n\r\nhello");
        using var asked = await gateway.Destination.AcceptAsync();

        var head = await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 408 ", head, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", head, StringComparison.Ordinal);
        await asked.ClosedBehindAsync("hello");
    }

    /// <summary>The server's own bound would be five seconds of less than 240 bytes each.</summary>
    [Fact]
    public async Task ReceiveTimeout_IsTheRoutes()
    {
        await using var gateway = await RawGateway.StartAsync(
            ("Bodies:ReceiveTimeout", "01:00:00"), ("ReverseProxy:Routes:open:Metadata:Bodies.ReceiveTimeout", "00:00:01"));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Post + "Transfer-Encoding: chunked\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 408 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Setting_OfARoute_ThatIsNone_StopsTheStart() =>
        await Assert.ThrowsAnyAsync<Exception>(() => RawGateway.StartAsync(("ReverseProxy:Routes:open:Metadata:Bodies.ReceiveTimeout", "00:00:00")));

    [Theory]
    [InlineData(null)]
    [InlineData("1000")]
    public async Task Body_TooLongByItsLength_Is413_BeforeADestinationIsAsked_AndTheClientMaySendItAll(string? limit)
    {
        await using var gateway = await RawGateway.StartAsync(("ReverseProxy:Routes:open:MaxRequestBodySize", limit));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync($"{Post}Content-Length: {8 << 20}\r\n\r\n");
        var head = await client.ReadHeadAsync();

        for (var sent = 0; sent < 8; sent++)
        {
            await client.SendAsync(new string('a', 1 << 20));
        }

        Assert.StartsWith("HTTP/1.1 413 ", head, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", head, StringComparison.Ordinal);
        Assert.Contains("bytes here", await client.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.False(gateway.Destination.IsAskedAgain);
    }

    [Fact]
    public async Task Body_ThatProvesTooLong_Is413_AndTheClientMaySendItAll()
    {
        await using var gateway = await RawGateway.StartAsync(("ReverseProxy:Routes:open:MaxRequestBodySize", "1000"));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync($"{Post}Transfer-Encoding: chunked\r\n\r\n");
        for (var sent = 0; sent < 8; sent++)
        {
            await client.SendAsync($"100000\r\n{new string('a', 1 << 20)}\r\n");
        }

        await client.SendAsync("0\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 413 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Contains("bytes here", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_ThatWaitsToBeToldToSend_GetsThe413_AndIsNotTold()
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync($"{Post}Content-Length: {8 << 20}\r\nExpect: 100-continue\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 413 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Contains("bytes here", await client.ReadToAsync(".\n"), StringComparison.Ordinal);
    }

    /// <summary>As nginx does: the client is told to send by the gateway, and a destination that does not know Expect is not waited for.</summary>
    [Fact]
    public async Task Client_ThatWaitsToBeToldToSend_IsToldByTheGateway()
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync($"{Post}Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
        using var asked = await gateway.Destination.AcceptAsync();

        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", await client.ReadHeadAsync());
        await client.SendAsync("hello");
        await asked.ReadToAsync("hello");
        await asked.AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

        Assert.DoesNotContain("\r\nExpect:", asked.Head, StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await client.ReadHeadAsync(), StringComparison.Ordinal);
    }

    /// <summary>The proxy takes every limit off a request that looks like gRPC and goes to a destination of HTTP/2.</summary>
    [Fact]
    public async Task Limit_HoldsForGrpcOnHttp2Too()
    {
        await using var gateway = await RawGateway.StartAsync(
            ("Kestrel:Endpoints:Http:Protocols", "Http2"),
            ("ReverseProxy:Clusters:backend:HttpRequest:Version", "2"),
            ("ReverseProxy:Routes:open:MaxRequestBodySize", "1000"));
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway.Address, "/open/x"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new StreamContent(PipeReader.Create(new ReadOnlySequence<byte>(new byte[2000])).AsStream()),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");

        using var answer = await gateway.Http.SendAsync(request, Deadline.Token());

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task Client_ThatTakesNothing_IsLetGo()
    {
        await using var gateway = await RawGateway.StartAsync(("Bodies:SendTimeout", "00:00:02"));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync("GET /open/x HTTP/1.1\r\nHost: a.example\r\n\r\n");
        using var asked = await gateway.Destination.AcceptAsync();
        await asked.AnswerAsync("HTTP/1.1 200 OK\r\n\r\n");

        await asked.SendUntilClosedAsync();
    }
}
