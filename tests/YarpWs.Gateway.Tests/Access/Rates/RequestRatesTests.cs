using System.Net;
using System.Net.WebSockets;
using YarpWs.Gateway.Tests.Content;

namespace YarpWs.Gateway.Tests.Access.Rates;

/// <summary>Routes that bound how often requests come. A rate of one in an hour lets in no second request while a test runs.</summary>
public sealed class RequestRatesTests
{
    private const string Hourly = "'Requests': 1, 'Per': '01:00:00'";

    [Fact]
    public async Task RequestBeyondTheRate_Is429_WithATimeToComeBack_AndReachesNobody()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Forwarded($"'RequestRates': [ {{ 'Key': '$remote_addr', {Hourly}, 'Burst': 1 }} ]"));
        await site.GetAsync("/1");
        await site.GetAsync("/2");

        using var refused = await site.AskAsync("/3");

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromMinutes(58), TimeSpan.FromHours(1));
        Assert.StartsWith("More requests come than are let in here", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(["/1", "/2"], site.Destination.Arrivals.Select(arrival => arrival.Target));
        Assert.Contains("Limit RequestRates of route r has been reached", await site.Gateway.Log.ExpectAsync(1320), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_MayBeAnother()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own($"'Answer': {{ }}, 'RequestRates': [ {{ 'Key': 'all', {Hourly}, 'Status': 503 }} ]"));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable), ((await site.GetAsync("/")).Status, (await site.GetAsync("/")).Status));
    }

    [Fact]
    public async Task Keys_AreCountedByThemselves_AndWhatHasNoneIsNotCounted()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own($"'Answer': {{ }}, 'RequestRates': [ {{ 'Key': '$http_x_key', {Hourly} }} ]"));

        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests, HttpStatusCode.OK, HttpStatusCode.OK],
            [
                (await site.GetAsync("/", ("X-Key", "a"))).Status, (await site.GetAsync("/", ("X-Key", "b"))).Status, (await site.GetAsync("/", ("X-Key", "a"))).Status,
                (await site.GetAsync("/")).Status, (await site.GetAsync("/")).Status,
            ]);
    }

    [Fact]
    public async Task LongKeys_AreToldApart()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own($"'Answer': {{ }}, 'RequestRates': [ {{ 'Key': '$http_x_key', {Hourly} }} ]"));
        var (a, b) = (new string('x', 1000) + "a", new string('x', 1000) + "b");

        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests],
            [(await site.GetAsync("/", ("X-Key", a))).Status, (await site.GetAsync("/", ("X-Key", b))).Status, (await site.GetAsync("/", ("X-Key", a))).Status]);
    }

    [Fact]
    public async Task Zone_IsOneForAllRoutesThatNameIt()
    {
        var rate = $"'Answer': {{ }}, 'RequestRates': [ {{ 'Zone': 'site', 'Key': '$remote_addr', {Hourly} }} ]";
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own(rate, "/a", "a") + ", " + SiteGateway.Own(rate, "/b", "b"));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.TooManyRequests), ((await site.GetAsync("/a")).Status, (await site.GetAsync("/b")).Status));
    }

    [Fact]
    public async Task RoutesWithoutAZone_CountByThemselves()
    {
        var rate = $"'Answer': {{ }}, 'RequestRates': [ {{ 'Key': '$remote_addr', {Hourly} }} ]";
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own(rate, "/a", "a") + ", " + SiteGateway.Own(rate, "/b", "b"));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), ((await site.GetAsync("/a")).Status, (await site.GetAsync("/b")).Status));
    }

    [Fact]
    public async Task RequestThatOneRateRefuses_IsNotCountedByTheOther()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own(
            $"'Answer': {{ }}, 'RequestRates': [ {{ 'Key': 'all', {Hourly}, 'Burst': 1 }}, {{ 'Key': '$http_x_key', {Hourly} }} ]"));

        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.TooManyRequests, HttpStatusCode.OK],
            [(await site.GetAsync("/", ("X-Key", "a"))).Status, (await site.GetAsync("/", ("X-Key", "a"))).Status, (await site.GetAsync("/", ("X-Key", "b"))).Status]);
    }

    [Fact]
    public async Task BurstThatIsDelayed_IsAnsweredAll()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own("'Answer': { }, 'RequestRates': [ { 'Key': 'all', 'Requests': 20, 'Burst': 4, 'DelayBeyond': 1 } ]"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => site.GetAsync("/")));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Contains("what is beyond it is delayed from now on", await site.Gateway.Log.ExpectAsync(1320), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DryRun_LetsInAndSaysSo()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own($"'Answer': {{ }}, 'RequestRates': [ {{ 'Key': 'all', {Hourly}, 'DryRun': true }} ]"));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), ((await site.GetAsync("/")).Status, (await site.GetAsync("/")).Status));
        Assert.Contains("what is beyond it is counted from now on", await site.Gateway.Log.ExpectAsync(1320), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestThatIsLedOnToAnotherRoute_IsCountedOnce()
    {
        var rate = $", 'RequestRates': [ {{ 'Zone': 'site', 'Key': 'all', {Hourly}, 'Burst': 1 }} ]";
        await using var site = await SiteGateway.StartAsync(
            SiteGateway.Own("'Files': { 'Root': 'www', 'Fallback': '/app/x' }" + rate) + ", " + SiteGateway.Own("'Answer': { }" + rate, "/app/{**path}", "app"), ("www/a", "a"));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), ((await site.GetAsync("/none")).Status, (await site.GetAsync("/none")).Status));
    }

    [Fact]
    public async Task Handshake_IsCountedLikeAnyRequest()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Forwarded($"'RequestRates': [ {{ 'Key': 'all', {Hourly} }} ]"));

        using var socket = await site.Gateway.ConnectAsync("/ws");

        Assert.Equal(WebSocketState.Open, socket.State);
        await Assert.ThrowsAsync<WebSocketException>(() => site.Gateway.ConnectAsync("/ws"));
    }

    [Fact]
    public async Task ChangeOfTheRoutes_KeepsWhatIsCounted()
    {
        var rate = $"'Answer': {{ }}, 'RequestRates': [ {{ 'Zone': 'site', 'Key': 'all', {Hourly} }} ]";
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own(rate));
        await site.GetAsync("/");
        var settings = site.PathOf("gateway.json");
        var text = await File.ReadAllTextAsync(settings, TestContext.Current.CancellationToken);

        await File.WriteAllTextAsync(settings, text.Replace("\"Routes\": {", "\"Routes\": { " + SiteGateway.Own("'Answer': { }", "/new", "new").Replace('\'', '"') + ", ", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var deadline = Deadline.Token();
        while ((await site.GetAsync("/new")).Status != HttpStatusCode.OK)
        {
            await Eventually.AgainAsync(deadline);
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, (await site.GetAsync("/")).Status);
    }

    [Fact]
    public async Task ZoneOfTwoRates_StopsTheStart()
    {
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => SiteGateway.StartAsync(
            SiteGateway.Own("'Answer': { }, 'RequestRates': [ { 'Zone': 'z', 'Key': 'all', 'Requests': 1 } ]", "/a", "a") + ", "
            + SiteGateway.Own("'Answer': { }, 'RequestRates': [ { 'Zone': 'z', 'Key': 'all', 'Requests': 2 } ]", "/b", "b")));

        Assert.Contains("ReverseProxy:Routes:b:RequestRates:0:Zone: 'z' counts by another Key or at another rate", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SharedRate_WithoutARedis_IsRefused()
    {
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => SiteGateway.StartAsync(SiteGateway.Own($"'Answer': {{ }}, 'RequestRates': [ {{ 'Key': 'all', {Hourly}, 'Shared': true }} ]")));

        Assert.Contains("ReverseProxy:Routes:r:RequestRates:0:Shared: there is no Redis where gateways could count together", refused.Message, StringComparison.Ordinal);
    }
}
