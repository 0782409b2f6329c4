using System.Net;
using YarpWs.Gateway.Access.Rates;
using YarpWs.Gateway.Tests.Content;

namespace YarpWs.Gateway.Tests.Access.Rates;

/// <summary>Routes that bound how many requests are under way at once.</summary>
public sealed class RequestLimitsTests
{
    [Fact]
    public void KeysThatHaveNothingUnderWay_TakeNoMemory()
    {
        var underWay = new UnderWay();

        Assert.True(underWay.TryEnter("a", 2) && underWay.TryEnter("a", 2) && underWay.TryEnter("b", 1));
        Assert.False(underWay.TryEnter("a", 2));
        underWay.Leave("a");
        Assert.True(underWay.TryEnter("a", 2));
        underWay.Leave("a");
        underWay.Leave("a");
        underWay.Leave("b");

        Assert.Equal(0, underWay.Count);
    }

    [Fact]
    public async Task RequestBeyond_Is429_UntilOneIsOver()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Forwarded("'RequestLimits': [ { 'Key': '$remote_addr', 'Requests': 1 } ]"));
        site.Destination.Holds = new TaskCompletionSource();
        var first = site.GetAsync("/1");
        await site.Destination.Asked;

        using var refused = await site.AskAsync("/2");
        site.Destination.Holds.SetResult();
        await first;

        Assert.Equal((HttpStatusCode.TooManyRequests, "1"), (refused.StatusCode, refused.Headers.RetryAfter!.ToString()));
        Assert.Equal(HttpStatusCode.OK, (await first).Status);
        Assert.Contains("Limit RequestLimits of route r has been reached", await site.Gateway.Log.ExpectAsync(1320), StringComparison.Ordinal);
        await ExpectFreeAsync(site, "/3");
        Assert.DoesNotContain(site.Destination.Arrivals, arrival => arrival.Target == "/2");
    }

    [Fact]
    public async Task Socket_IsUnderWay_AsLongAsItLives()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Forwarded("'RequestLimits': [ { 'Key': 'all', 'Requests': 1, 'Status': 503 } ]"));
        using (var socket = await site.Gateway.ConnectAsync("/ws"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await site.GetAsync("/x")).Status);
            await socket.CloseAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, "", Deadline.Token());
        }

        await site.Gateway.Log.ExpectAsync(1902);
        await ExpectFreeAsync(site, "/x");
    }

    [Fact]
    public async Task Zone_IsOneForAllRoutesThatNameIt_AndKeysAreCountedByThemselves()
    {
        const string Limit = "'RequestLimits': [ { 'Key': '$http_x_key', 'Requests': 1, 'Zone': 'z' } ]";
        await using var site = await SiteGateway.StartAsync($"{SiteGateway.Forwarded(Limit, "/a", "a")}, {SiteGateway.Forwarded(Limit, "/b", "b")}");
        site.Destination.Holds = new TaskCompletionSource();
        var first = site.GetAsync("/a", ("X-Key", "k"));
        await site.Destination.Asked;

        Assert.Equal(HttpStatusCode.TooManyRequests, (await site.GetAsync("/b", ("X-Key", "k"))).Status);
        var (other, none) = (site.GetAsync("/b", ("X-Key", "l")), site.GetAsync("/b"));
        site.Destination.Holds.SetResult();

        Assert.All(await Task.WhenAll(first, other, none), answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
    }

    [Fact]
    public async Task DryRun_CountsAndLogs_AndRefusesNobody()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Forwarded("'RequestLimits': [ { 'Key': 'all', 'Requests': 1, 'DryRun': true } ]"));
        site.Destination.Holds = new TaskCompletionSource();
        var (first, second) = (site.GetAsync("/1"), site.GetAsync("/2"));

        Assert.Contains("counted", await site.Gateway.Log.ExpectAsync(1320), StringComparison.Ordinal);
        site.Destination.Holds.SetResult();

        Assert.All(await Task.WhenAll(first, second), answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
    }

    [Fact]
    public async Task User_IsCountedByName_BehindTheLogin()
    {
        await using var site = await SiteGateway.StartAsync(
            SiteGateway.Forwarded("'BasicAuth': { 'File': 'users' }, 'RequestLimits': [ { 'Key': '$remote_user', 'Requests': 1 } ]"), ("users", "ann:{PLAIN}a\nbob:{PLAIN}b\n"));
        site.Destination.Holds = new TaskCompletionSource();
        var first = site.GetAsync("/1", BasicLogin.Of("ann", "a"));
        await site.Destination.Asked;

        Assert.Equal(HttpStatusCode.TooManyRequests, (await site.GetAsync("/2", BasicLogin.Of("ann", "a"))).Status);
        var other = site.GetAsync("/3", BasicLogin.Of("bob", "b"));
        site.Destination.Holds.SetResult();

        Assert.All(await Task.WhenAll(first, other), answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
    }

    /// <summary>The client has its answer a moment before the gateway is done with the request.</summary>
    private static async Task ExpectFreeAsync(SiteGateway site, string path)
    {
        var deadline = Deadline.Token();
        while ((await site.GetAsync(path)).Status != HttpStatusCode.OK)
        {
            await Eventually.AgainAsync(deadline);
        }
    }
}
