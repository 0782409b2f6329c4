using System.Net;
using Xunit;
using YarpWs.EndToEnd.Tests.Access;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Sessions;

/// <summary>Sessions on a redis-server, whose user may do what the manual lists.</summary>
public sealed class SessionRedisTests
{
    [Theory]
    [InlineData("resp2")]
    [InlineData("resp3")]
    public async Task UserWithTheCommandsOfTheManual_ServesSessions(string protocol)
    {
        await using var redis = new SecuredServer("password=secret", ["--requirepass", "secret", "--user", "gateways", "on", ">p@ss", .. RedisUserTests.Rights.Split(' ')]);
        await redis.StartAsync();
        await using var site = await SessionSite.StartAsync(
            ("Redis:Configuration", $"127.0.0.1:{redis.Process.Port},user=gateways,password=p@ss,protocol={protocol}"), ("Redis:KeyPrefix", "yarpws"));
        site.Issuer.AccessLifetime = TimeSpan.FromSeconds(4);
        using var person = new Person();

        await person.LogInAsync(site.A);
        var (onA, _) = await person.ConnectAsync(site.A);
        var (onB, _) = await person.ConnectAsync(site.B);
        await Eventually.IsAsync(_ => Task.FromResult(site.Issuer.Refreshes >= 2), "two renewals", Deadline.Length);
        using var told = await person.SendAsync(HttpMethod.Get, new Uri(site.B, "/api/x"));
        using var answer = await person.LogOutAsync(site.B);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Found, 0), (told.StatusCode, answer.StatusCode, site.Issuer.Reuses));
        await onA.ExpectCloseAsync(4004);
        await onB.ExpectCloseAsync(4004);
        await onA.DisposeAsync();
        await onB.DisposeAsync();
        Assert.DoesNotContain(site.Logs.Lines, line => line.Text.Contains("NOPERM", StringComparison.Ordinal));
    }
}
