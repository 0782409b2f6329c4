using System.Net;
using System.Text;

namespace YarpWs.Gateway.Tests.Forwarding;

/// <summary>
/// A destination over HTTP/2 that says GOAWAY: streams above the last one that it names were not looked at and may be repeated, whatever their method; those up to it
/// may have been (RFC 9113, section 6.8).
/// </summary>
public sealed class GoAwayTests : IDisposable
{
    private readonly Http2Destination _a = new();
    private readonly Http2Destination _b = new();

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("POST", "body")]
    public async Task RequestAboveTheLastStream_IsAskedAgain_OverANewConnection(string method, string body)
    {
        await using var gateway = await StartAsync();
        var answer = AskAsync(gateway, method, body);
        var (first, _) = await AcceptAsync();
        using var left = await first.AcceptedAsync;
        Assert.Equal(body, (await left.ReadRequestAsync()).Body);
        await left.GoAwayAsync(last: 0);

        using var next = await first.Destination.AcceptAsync();
        var again = await next.ReadRequestAsync();
        Assert.Equal(body, again.Body);
        await next.AnswerAsync(again.Stream);
        Assert.Equal(HttpStatusCode.OK, await answer);
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("POST", "body")]
    public async Task RequestAboveTheLastStream_OfADestinationThatIsGone_IsAskedAnotherOne(string method, string body)
    {
        await using var gateway = await StartAsync();
        var answer = AskAsync(gateway, method, body);
        var (first, other) = await AcceptAsync();
        using var left = await first.AcceptedAsync;
        await left.ReadRequestAsync();
        first.Destination.StopListening();
        await left.GoAwayAsync(last: 0);

        using var next = await other.AcceptedAsync;
        var again = await next.ReadRequestAsync();
        Assert.Equal(body, again.Body);
        await next.AnswerAsync(again.Stream);
        Assert.Equal(HttpStatusCode.OK, await answer);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BodyOfUnknownLength_IsNotKept_AndSoNotSentAgain(bool isGone)
    {
        await using var gateway = await StartAsync();
        var answer = AskAsync(gateway, "POST", "body", isChunked: true);
        var (first, other) = await AcceptAsync();
        using var left = await first.AcceptedAsync;
        await left.ReadRequestAsync();
        if (isGone)
        {
            first.Destination.StopListening();
        }

        await left.GoAwayAsync(last: 0);

        Assert.Equal(HttpStatusCode.BadGateway, await answer);
        Assert.False(other.AcceptedAsync.IsCompleted, "Another destination was asked for a request that is not whole.");
    }

    [Fact]
    public async Task PostUpToTheLastStream_IsNotAskedAgain()
    {
        await using var gateway = await StartAsync();
        var answer = AskAsync(gateway, "POST", "body");
        var (first, other) = await AcceptAsync();
        using (var left = await first.AcceptedAsync)
        {
            var (stream, _) = await left.ReadRequestAsync();
            await left.GoAwayAsync(last: stream);
        }

        Assert.Equal(HttpStatusCode.BadGateway, await answer);
        Assert.False(first.Destination.IsAskedAgain || other.AcceptedAsync.IsCompleted, "It was asked again.");
    }

    [Fact]
    public async Task RequestsUpToTheLastStream_AreAnswered_AndThoseAboveItAskedAgain()
    {
        await using var gateway = await StartAsync(("ReverseProxy:Clusters:backend:Destinations:b:Address", _a.Address));
        var looked = AskAsync(gateway, "POST", "looked at");
        using var left = await _a.AcceptAsync();
        var (stream, _) = await left.ReadRequestAsync();
        var missed = AskAsync(gateway, "POST", "not looked at");
        await left.ReadRequestAsync();
        await left.GoAwayAsync(last: stream);
        await left.AnswerAsync(stream);
        Assert.Equal(HttpStatusCode.OK, await looked);

        using var next = await _a.AcceptAsync();
        var again = await next.ReadRequestAsync();
        Assert.Equal("not looked at", again.Body);
        await next.AnswerAsync(again.Stream);
        Assert.Equal(HttpStatusCode.OK, await missed);
    }

    [Fact]
    public async Task RequestsUnderWay_WhenADestinationBeginsToShutDown_AreAnswered_AndTheNextOneTakesANewConnection()
    {
        await using var gateway = await StartAsync(("ReverseProxy:Clusters:backend:Destinations:b:Address", _a.Address));
        var underWay = AskAsync(gateway, "POST", "under way");
        using var left = await _a.AcceptAsync();
        var (stream, _) = await left.ReadRequestAsync();
        await left.GoAwayAsync(last: int.MaxValue);
        await left.AnswerAsync(stream);
        Assert.Equal(HttpStatusCode.OK, await underWay);

        var after = AskAsync(gateway, "POST", "after");
        using var next = await _a.AcceptAsync();
        var request = await next.ReadRequestAsync();
        Assert.Equal("after", request.Body);
        await next.AnswerAsync(request.Stream);
        Assert.Equal(HttpStatusCode.OK, await after);
        Assert.DoesNotContain(gateway.Log.Lines, line => line.Contains("fails requests", StringComparison.Ordinal));
    }

    private Task<TestGateway> StartAsync(params (string Key, string? Value)[] settings) => TestGateway.StartFromAsync(
        TestGateway.SettingsFile,
        [
            ("ReverseProxy:Routes:open:ClusterId", "backend"),
            ("ReverseProxy:Routes:open:AuthorizationPolicy", "anonymous"),
            ("ReverseProxy:Routes:open:Match:Path", "/open/{**rest}"),
            ("ReverseProxy:Clusters:backend:Destinations:a:Address", _a.Address),
            ("ReverseProxy:Clusters:backend:Destinations:b:Address", _b.Address),
            ("ReverseProxy:Clusters:backend:HealthCheck:Active:Enabled", "false"),
            ("ReverseProxy:Clusters:backend:HttpRequest:Version", "2"),
            .. settings,
        ]);

    private static async Task<HttpStatusCode> AskAsync(TestGateway gateway, string method, string body, bool isChunked = false)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/open/x") { Content = body.Length == 0 ? null : new ByteArrayContent(Encoding.Latin1.GetBytes(body)) };
        request.Headers.TransferEncodingChunked = isChunked;
        using var answer = await gateway.Http.SendAsync(request, Deadline.Token());
        return answer.StatusCode;
    }

    /// <summary>The destination that is asked first, and the other one, which waits to be.</summary>
    private async Task<(Asked First, Asked Other)> AcceptAsync()
    {
        var (a, b) = (new Asked(_a, _a.AcceptAsync()), new Asked(_b, _b.AcceptAsync()));
        return await Task.WhenAny(a.AcceptedAsync, b.AcceptedAsync) == a.AcceptedAsync ? (a, b) : (b, a);
    }

    private sealed record Asked(Http2Destination Destination, Task<Http2Connection> AcceptedAsync);
}
