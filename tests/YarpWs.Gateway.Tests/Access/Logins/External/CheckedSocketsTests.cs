using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace YarpWs.Gateway.Tests.Access.Logins.External;

/// <summary>What becomes of open sockets when the check says something else, or nothing; and what else knows these users like those of tokens.</summary>
public sealed class CheckedSocketsTests
{
    private static readonly (string Key, string? Value) Remember = ("Authentication:Checks:site:Remember", "00:00:01");

    [Fact]
    public async Task Logout_ClosesTheSocketsOfTheLogin_AndNoOthers()
    {
        await using var site = await CheckedSite.StartAsync(Remember);
        using var ann = await site.ConnectAsync("/people/ws", "sessionid=ann");
        using var ben = await site.ConnectAsync("/people/ws", "sessionid=ben");

        site.Checker.Answer = context => Checker.NameIn(context) == "ann" ? Checker.Refuse(401)(context) : context.Response.WriteAsJsonAsync(new { user = Checker.NameIn(context) });

        Assert.Equal(4004, await CheckedSite.CloseCodeAsync(ann));
        await CheckedSite.ExpectEchoAsync(ben);
    }

    [Fact]
    public async Task Login_ThatGoesOn_KeepsItsSocketsBeyondEveryAnswer()
    {
        await using var site = await CheckedSite.StartAsync(Remember, ("Authentication:Checks:site:Grace", "00:00:02"));
        using var socket = await site.ConnectAsync("/people/ws", "sessionid=ann");

        // Without being confirmed it would have ended with the third second.
        await AskedAsync(site, 7);

        await CheckedSite.ExpectEchoAsync(socket);
    }

    [Fact]
    public async Task CheckerThatIsAway_ClosesNobody_UntilTheGraceIsOver()
    {
        await using var site = await CheckedSite.StartAsync(Remember, ("Authentication:Checks:site:Grace", "00:00:03"));
        using var socket = await site.ConnectAsync("/people/ws", "sessionid=ann");

        site.Checker.Answer = Checker.Refuse(500);
        await site.Gateway.Log.ExpectAsync(1130);
        await CheckedSite.ExpectEchoAsync(socket);
        using var another = await site.GetAsync("/people/1", "sessionid=ben");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, another.StatusCode);
        Assert.Equal(4003, await CheckedSite.CloseCodeAsync(socket));
    }

    [Fact]
    public async Task Login_ThatTheCheckEndsAtATime_EndsThen()
    {
        await using var site = await CheckedSite.StartAsync();
        var until = TimeProvider.System.GetUtcNow().AddSeconds(3).ToUnixTimeSeconds();
        site.Checker.Answer = context => context.Response.WriteAsJsonAsync(new { user = "ann", until });

        using var socket = await site.ConnectAsync("/people/ws", "sessionid=ann");

        Assert.Equal(4003, await CheckedSite.CloseCodeAsync(socket));
    }

    [Fact]
    public async Task RoleThatIsLost_ClosesTheSocketsOfRoutesThatAskForIt()
    {
        await using var site = await CheckedSite.StartAsync(Remember);
        site.Checker.Answer = context => context.Response.WriteAsJsonAsync(new { user = "ann", roles = new[] { "editor" } });
        using var editors = await site.ConnectAsync("/editors/ws", "sessionid=ann");
        using var people = await site.ConnectAsync("/people/ws", "sessionid=ann");

        site.Checker.Answer = context => context.Response.WriteAsJsonAsync(new { user = "ann" });

        Assert.Equal(4004, await CheckedSite.CloseCodeAsync(editors));
        await CheckedSite.ExpectEchoAsync(people);
    }

    [Fact]
    public async Task SessionThatIsAnotherPersonsNow_ClosesTheSocketsOfTheFirst()
    {
        await using var site = await CheckedSite.StartAsync(Remember);
        site.Checker.Answer = context => context.Response.WriteAsJsonAsync(new { user = "ann" });
        using var socket = await site.ConnectAsync("/people/ws", "sessionid=shared");

        site.Checker.Answer = context => context.Response.WriteAsJsonAsync(new { user = "ben" });

        Assert.Equal(4004, await CheckedSite.CloseCodeAsync(socket));
    }

    [Fact]
    public async Task Revocation_OfAUser_ClosesAndRefuses_UntilANewLogin()
    {
        await using var site = await CheckedSite.StartAsync(("Revocations:ClockSkew", "00:00:00"));
        var before = TimeProvider.System.GetUtcNow().AddMinutes(-5);
        site.Checker.Answer = context => context.Response.WriteAsJsonAsync(new { user = "ann", since = Checker.NameIn(context) == "old" ? before : before.AddMinutes(4) });
        using var socket = await site.ConnectAsync("/people/ws", "sessionid=old");

        await RevokeAsync(site, $$"""{"user": "ann", "issuer": "yarpws-gateway", "before": "{{before.AddMinutes(2):O}}"}""");

        Assert.Equal(4004, await CheckedSite.CloseCodeAsync(socket));
        using var old = await site.GetAsync("/people/1", "sessionid=old");
        using var anew = await site.GetAsync("/people/1", "sessionid=new");
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (old.StatusCode, anew.StatusCode));
    }

    [Fact]
    public async Task LimitOfAUser_HoldsForALoginByCookie()
    {
        await using var site = await CheckedSite.StartAsync(("ReverseProxy:Routes:people:Metadata:Sockets.MaxSocketsPerUser", "1"));
        site.Checker.Answer = context => context.Response.WriteAsJsonAsync(new { user = "ann" });
        using var socket = await site.ConnectAsync("/people/ws", "sessionid=one");

        var refused = await Assert.ThrowsAsync<WebSocketException>(() => site.ConnectAsync("/people/ws", "sessionid=two"));

        Assert.Contains("429", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListOfSockets_AndAccessLog_NameTheUser()
    {
        await using var site = await CheckedSite.StartAsync();
        using var socket = await site.ConnectAsync("/people/ws", "sessionid=ann");
        using var http = new HttpClient();

        var listed = JsonNode.Parse(await http.GetStringAsync(new Uri(site.Gateway.Admin, "/sockets?user=ann"), Deadline.Token()))!;

        Assert.Equal("ann", (string?)listed["sockets"]![0]!["user"]);
        Assert.Contains("user ann", await site.Gateway.Log.ExpectAsync(1901), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ticket_ForACookie_OpensOneSocket_ThatEndsWithTheLogin()
    {
        await using var site = await CheckedSite.StartAsync(Remember);
        using var issued = await site.PostAsync("/auth/ticket", "sessionid=ann", """{"path": "/people/ws"}""", ("Origin", site.Gateway.Public.GetLeftPart(UriPartial.Authority)));
        var ticket = (string?)JsonNode.Parse(await issued.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["ticket"];
        using var socket = await site.Gateway.ConnectAsync($"/people/ws?ticket={ticket}", options => options.SetRequestHeader("Origin", site.Gateway.Public.GetLeftPart(UriPartial.Authority)));
        await CheckedSite.ExpectEchoAsync(socket);

        site.Checker.Answer = Checker.Refuse(401);

        Assert.Equal(4004, await CheckedSite.CloseCodeAsync(socket));
    }

    [Fact]
    public async Task Refresh_ByCookie_CountsTheSocketsOfTheLogin()
    {
        await using var site = await CheckedSite.StartAsync(Remember);
        using var socket = await site.ConnectAsync("/people/ws", "sessionid=ann");
        await AskedAsync(site, 2);

        using var answer = await site.PostAsync("/auth/refresh", "sessionid=ann", ("Origin", site.Gateway.Public.GetLeftPart(UriPartial.Authority)));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await CheckedSite.ExpectEchoAsync(socket);
    }

    private static async Task AskedAsync(CheckedSite site, int times)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (site.Checker.Questions.Count < times)
        {
            await timer.WaitForNextTickAsync(Deadline.Token());
        }
    }

    private static async Task RevokeAsync(CheckedSite site, string revocation)
    {
        using var order = await site.Gateway.Http.PostAsync(new Uri(site.Gateway.Admin, "/revocations"), new StringContent(revocation, Encoding.UTF8, "application/json"), Deadline.Token());
        order.EnsureSuccessStatusCode();
    }
}
