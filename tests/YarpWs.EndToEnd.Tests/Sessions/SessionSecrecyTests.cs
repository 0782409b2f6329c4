using System.Text;
using System.Web;
using StackExchange.Redis;
using Xunit;

namespace YarpWs.EndToEnd.Tests.Sessions;

/// <summary>A session from its login to its end, and logins that fail, with everything logged, traced and measured that can be; all of it, and Redis, is searched for secrets.</summary>
public sealed class SessionSecrecyTests
{
    [Fact]
    public async Task CodesTokensCookiesAndTheClientsSecret_AreNeitherLoggedNorTracedNorMeasured()
    {
        using var telemetry = new Access.Telemetry();
        await using var site = await SessionSite.StartAsync(
            ("Telemetry:OtlpEndpoint", "http://127.0.0.1:9"),
            ("Logging:LogLevel:Default", "Trace"),
            ("Logging:LogLevel:Microsoft.AspNetCore", "Trace"),
            ("Logging:LogLevel:Microsoft.AspNetCore.Authentication.OpenIdConnect", "Trace"),
            ("Logging:LogLevel:Yarp", "Trace"),
            ("Logging:LogLevel:System.Net.Http", "Trace"));
        site.Issuer.AccessLifetime = TimeSpan.FromSeconds(4);
        using var person = new Person();
        var first = (await person.OpenAsync(new Uri(site.A, "/app/page"))).Headers.Location!;
        await person.LogInAsync(site.A);
        var cookie = person.CookieHeader(site.A).Split('=', 2)[1];
        var (socket, _) = await person.ConnectAsync(site.B);
        await Eventually.IsAsync(_ => Task.FromResult(site.Issuer.Refreshes >= 1), "a renewal", Deadline.Length);
        var logout = site.Issuer.SignLogout(site.Issuer.SessionId);
        using (var http = new HttpClient())
        using (var form = new FormUrlEncodedContent([new("logout_token", logout)]))
        {
            using var told = await http.PostAsync(new Uri(site.A, "/auth/backchannel-logout"), form, TestContext.Current.CancellationToken);
        }

        await socket.ExpectCloseAsync(4004);
        await socket.DisposeAsync();
        foreach (var target in new[] { $"/auth/callback?code={site.Issuer.Given.First()}&state=x", "/auth/callback?error=zebra", $"/auth/logged-out?state={cookie}", "/auth/callback" })
        {
            using var failed = await person.OpenAsync(new Uri(site.A, target));
        }

        using var gone = await person.LogOutAsync(site.B);
        await Eventually.IsAsync(_ => Task.FromResult(site.Logs.Lines.Any(line => line.Event.Id == 1902)), "the socket's last line", Deadline.Length);

        var state = HttpUtility.ParseQueryString(first.Query)["state"]!;
        string[] secrets = [LoginIssuer.Secret, cookie, state, logout, .. site.Issuer.Given];
        Assert.NotEmpty(site.Logs.Lines);
        Assert.Equal([], site.Logs.Lines.Select(line => $"{line.Category}: {line.Text}").Where(IsIndiscreet));
        Assert.Equal([], telemetry.Traces.Where(IsIndiscreet));
        Assert.Equal([], telemetry.Metrics.Where(IsIndiscreet));

        bool IsIndiscreet(string text) => secrets.Any(secret => text.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Redis_HoldsNothingThatCanBeRead()
    {
        await using var site = await SessionSite.StartAsync();
        using var person = new Person();
        await person.LogInAsync(site.A);

        await using var redis = await ConnectionMultiplexer.ConnectAsync(site.Redis.Configuration);
        var server = redis.GetServer(site.Redis.Configuration);
        var everything = new List<string>();
        foreach (var key in server.Keys(pattern: "*session*").ToList())
        {
            var type = await redis.GetDatabase().KeyTypeAsync(key);
            everything.AddRange(type == RedisType.Hash
                ? (await redis.GetDatabase().HashGetAllAsync(key)).Select(entry => entry.Value.ToString())
                : [Encoding.Latin1.GetString((byte[])(await redis.GetDatabase().StringGetAsync(key))!)]);
        }

        Assert.InRange(everything.Count, 2, int.MaxValue);
        Assert.DoesNotContain(everything, text => site.Issuer.Given.Append(site.Issuer.Person).Append("<masterKey").Any(secret => text.Contains(secret, StringComparison.Ordinal)));
    }
}
