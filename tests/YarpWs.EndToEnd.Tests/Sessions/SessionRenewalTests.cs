using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using YarpWs.Gateway.Access.Sessions;
using YarpWs.Gateway.Redis;

namespace YarpWs.EndToEnd.Tests.Sessions;

/// <summary>Access tokens are renewed before they end, once for all gateways, and the sockets of a session live as long as it does.</summary>
public sealed class SessionRenewalTests
{
    [Fact]
    public async Task Sockets_OutliveTheirTokens_OnBothGateways_AndEachRefreshTokenIsUsedOnce()
    {
        await using var site = await SessionSite.StartAsync();
        site.Issuer.AccessLifetime = TimeSpan.FromSeconds(4);
        using var person = new Person();
        await person.LogInAsync(site.A);
        var (onA, first) = await person.ConnectAsync(site.A);
        var (onB, _) = await person.ConnectAsync(site.B);

        await Eventually.IsAsync(_ => Task.FromResult(site.Issuer.Refreshes >= 3), "three renewals", Deadline.Length);

        await ExpectOpenAsync(onA);
        await ExpectOpenAsync(onB);
        using var answer = await person.FetchAsync(new Uri(site.B, "/api/x"));
        Assert.NotEqual(first.Header("Authorization"), (await Person.ReadAsync(answer)).Header("Authorization"));
        Assert.Equal(0, site.Issuer.Reuses);
        await onA.DisposeAsync();
        await onB.DisposeAsync();
    }

    [Fact]
    public async Task Requests_ThatComeTogether_WhenTheTokenHasEnded_RenewItOnce()
    {
        await using var site = await SessionSite.StartAsync();
        site.Issuer.AccessLifetime = TimeSpan.FromSeconds(2);
        using var person = new Person();
        await person.LogInAsync(site.A);
        await WaitAsync(TimeSpan.FromSeconds(3));
        site.Issuer.AccessLifetime = TimeSpan.FromMinutes(5);

        // On a busy machine the login may have taken so long that its token was renewed within it.
        var before = site.Issuer.Refreshes;
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => person.FetchAsync(new Uri(i % 2 == 0 ? site.A : site.B, "/api/x"))));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal((before + 1, 0), (site.Issuer.Refreshes, site.Issuer.Reuses));
    }

    [Fact]
    public async Task IssuerAway_TheTokenAtHandGoesOn_ThenTheAnswerIs503_UntilItIsBack()
    {
        await using var site = await SessionSite.StartAsync();
        site.Issuer.AccessLifetime = TimeSpan.FromSeconds(4);
        using var person = new Person();
        await person.LogInAsync(site.A);
        site.Issuer.IsAway = true;

        using var stillGood = await person.OpenAsync(new Uri(site.A, "/app/page"));
        Assert.Equal(HttpStatusCode.OK, stillGood.StatusCode);
        await Eventually.IsAsync(
            async _ =>
            {
                using var answer = await person.OpenAsync(new Uri(site.A, "/app/page"));
                return answer is { StatusCode: HttpStatusCode.ServiceUnavailable, Headers.RetryAfter: not null };
            },
            "the gateway to say that it cannot renew the login",
            Deadline.Length);
        site.Issuer.IsAway = false;
        await EndPauseAsync(site);

        await Eventually.IsAsync(
            async _ =>
            {
                using var answer = await person.OpenAsync(new Uri(site.B, "/app/page"));
                return answer.StatusCode == HttpStatusCode.OK;
            },
            "the login to be renewed",
            Deadline.Length);
        Assert.Equal(0, site.Issuer.Reuses);
    }

    [Fact]
    public async Task SessionThatItsIssuerRenewsNoMore_EndsWithItsSockets()
    {
        await using var site = await SessionSite.StartAsync();
        site.Issuer.AccessLifetime = TimeSpan.FromSeconds(4);
        using var person = new Person();
        await person.LogInAsync(site.A);
        var (socket, _) = await person.ConnectAsync(site.B);

        site.Issuer.ForgetRefreshTokens();

        await socket.ExpectCloseAsync(4004);
        using var answer = await person.FetchAsync(new Uri(site.A, "/api/x"));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        await socket.DisposeAsync();
    }

    [Fact]
    public async Task SessionWithoutARefreshToken_EndsWithItsAccessToken_AndAPageLogsInAnew()
    {
        await using var site = await SessionSite.StartAsync();
        site.Issuer.AccessLifetime = TimeSpan.FromSeconds(6);
        site.Issuer.GivesRefreshTokens = false;
        using var person = new Person();
        await person.LogInAsync(site.A);
        var (socket, _) = await person.ConnectAsync(site.A);

        await socket.ExpectCloseAsync(4003);

        using var script = await person.FetchAsync(new Uri(site.B, "/api/x"));
        using var page = await person.OpenAsync(new Uri(site.B, "/app/page"));
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Found), (script.StatusCode, page.StatusCode));
        await socket.DisposeAsync();
    }

    [Fact]
    public async Task AccessTokenThatIsNotTakenHere_LeadsToAPageThatSaysSo_AndNotAroundForEver()
    {
        await using var site = await SessionSite.StartAsync();
        site.Issuer.Audience = "another";
        using var person = new Person();

        using var answer = await person.FollowAsync(new Uri(site.A, "/app/page"));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal("", person.CookieHeader(site.A));
    }

    [Fact]
    public async Task TokensLargerThanACookie_ChangeNothing()
    {
        await using var site = await SessionSite.StartAsync();
        site.Issuer.Groups = new string('g', 12_000);
        using var person = new Person();

        var arrival = await person.LogInAsync(site.A);

        Assert.InRange(arrival.Header("Authorization")!.Length, 16_000, int.MaxValue);
        Assert.InRange(person.CookieHeader(site.A).Length, 1, 600);
    }

    [Fact]
    public async Task PersonWhomTheIssuerRefuses_SeesAPageThatSaysSo()
    {
        await using var site = await SessionSite.StartAsync();
        site.Issuer.Denies = true;
        using var person = new Person();

        using var answer = await person.FollowAsync(new Uri(site.A, "/app/page"));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("was not completed", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RedisAway_SessionsGet503_AndPagesThatWantNoLoginOpen()
    {
        await using var site = await SessionSite.StartAsync(("Redis:CommandTimeout", "00:00:01"));
        using var person = new Person();
        await person.LogInAsync(site.A);
        await site.Redis.KillAsync();

        using var wantsLogin = await person.OpenAsync(new Uri(site.A, "/app/page"));
        using var wantsNone = await person.OpenAsync(new Uri(site.A, "/open/page"));

        using var logsOut = await person.LogOutAsync(site.B);
        using var stranger = new Person();
        using var logsIn = await stranger.FollowAsync(new Uri(site.B, "/app/page"));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (wantsLogin.StatusCode, wantsNone.StatusCode));
        Assert.NotNull(wantsLogin.Headers.RetryAfter);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable), (logsOut.StatusCode, logsIn.StatusCode));
        Assert.NotEqual("", person.CookieHeader(site.A));
    }

    /// <summary>The pause between two tries is a mark in Redis, which ends by itself.</summary>
    private static async Task EndPauseAsync(SessionSite site)
    {
        var redis = site.ServicesOf(0).GetRequiredService<RedisConnection>().Database;
        var mark = redis.Multiplexer.GetServers().Single().Keys(pattern: "*session-renewal*").Single();
        Assert.InRange((await redis.KeyTimeToLiveAsync(mark))!.Value, TimeSpan.Zero, SessionRenewals.PauseBetweenTries);
        await redis.KeyDeleteAsync(mark);
    }

    private static async Task ExpectOpenAsync(RawWebSocket socket)
    {
        await socket.SendAsync(Opcode.Ping, [1]);
        await socket.ExpectPongAsync([1]);
    }

    private static Task WaitAsync(TimeSpan time)
    {
        var end = TimeProvider.System.GetUtcNow() + time;
        return Eventually.IsAsync(_ => Task.FromResult(TimeProvider.System.GetUtcNow() >= end), "the token to end", Deadline.Length);
    }
}
