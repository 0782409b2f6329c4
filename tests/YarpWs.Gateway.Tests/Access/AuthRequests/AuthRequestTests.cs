using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using YarpWs.Gateway.Tests.Content;

namespace YarpWs.Gateway.Tests.Access.AuthRequests;

/// <summary>Routes whose requests another server is asked about.</summary>
public sealed class AuthRequestTests
{
    [Fact]
    public async Task Request_IsLetInBy2xx_AndAskedAboutByGetWithoutItsBody()
    {
        await using var check = await Destination.StartAsync();
        await using var site = await StartAsync(check, "'Path': '/check?to=$request_uri', 'Headers': [ { 'Name': 'X-Original-URI', 'Value': '$request_uri' }, { 'Name': 'X-Drop', 'Value': '' } ]");
        check.Answers = context =>
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        };

        using var request = new HttpRequestMessage(HttpMethod.Post, "/a?b=1") { Content = new StringContent("body") };
        request.Headers.Add("Cookie", "session=1");
        request.Headers.Add("X-Drop", "x");
        request.Headers.Add("If-None-Match", "\"x\"");
        using var answer = await site.Http.SendAsync(request, Deadline.Token());

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var asked = Assert.Single(check.Arrivals);
        Assert.Equal(("GET", "/check?to=/a?b=1"), (asked.Method, asked.Target));
        Assert.Equal(("session=1", "/a?b=1", site.Http.BaseAddress!.Authority), (asked.Headers["Cookie"], asked.Headers["X-Original-URI"], asked.Headers["Host"]));
        Assert.All(["Content-Length", "Content-Type", "Transfer-Encoding", "X-Drop", "If-None-Match"], name => Assert.DoesNotContain(name, asked.Headers.Keys));
        Assert.Equal("POST", Assert.Single(site.Destination.Arrivals, arrival => arrival.Target == "/a?b=1").Method);
    }

    [Theory]
    [InlineData(401, 401)]
    [InlineData(403, 403)]
    [InlineData(404, 500)]
    [InlineData(302, 500)]
    [InlineData(500, 500)]
    public async Task Request_IsRefused_AsTheAnswerSays(int answered, int expected)
    {
        await using var check = await Destination.StartAsync();
        await using var site = await StartAsync(check);
        check.Answers = context =>
        {
            context.Response.StatusCode = answered;
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"x\"";
            return Task.CompletedTask;
        };

        using var answer = await site.AskAsync("/a");

        Assert.Equal(expected, (int)answer.StatusCode);
        Assert.Equal(answered == 401 ? "Bearer realm=\"x\"" : "", answer.Headers.WwwAuthenticate.ToString());
        Assert.DoesNotContain(site.Destination.Arrivals, arrival => arrival.Target == "/a");
    }

    [Fact]
    public async Task Check_ThatIsAway_LetsNobodyIn_AndIsToldOnce()
    {
        var check = await Destination.StartAsync();
        await using var site = await StartAsync(check);
        await check.DisposeAsync();

        Assert.Equal(HttpStatusCode.InternalServerError, (await site.GetAsync("/a")).Status);
        Assert.Equal(HttpStatusCode.InternalServerError, (await site.GetAsync("/a")).Status);

        Assert.Contains("What route r asks by its AuthRequest gets no answer that decides: a failed", await site.Gateway.Log.ExpectAsync(1135), StringComparison.Ordinal);
        Assert.Single(site.Gateway.Log.Lines, line => line.Contains("gets no answer that decides", StringComparison.Ordinal));
        Assert.DoesNotContain(site.Destination.Arrivals, arrival => arrival.Target == "/a");
    }

    [Fact]
    public async Task Check_ThatHangs_LetsNobodyIn()
    {
        await using var check = await Destination.StartAsync();
        check.Holds = new TaskCompletionSource();
        await using var site = await StartAsync(check, "'Path': '/check', 'Timeout': '00:00:00.1'");

        Assert.Equal(HttpStatusCode.InternalServerError, (await site.GetAsync("/a")).Status);

        check.Holds.SetResult();
    }

    [Fact]
    public async Task Destination_GetsHeadersOfTheAnswer_AndNotTheClientsOwn()
    {
        await using var check = await Destination.StartAsync();
        await using var site = await StartAsync(check, more: ", 'RequestHeaders': [ { 'Name': 'X-User', 'Value': '$auth_x_user' }, { 'Name': 'X-Mail', 'Value': '$auth_x_mail' } ], 'Headers': [ { 'Name': 'Set-Cookie', 'Value': '$auth_set_cookie' }, { 'Name': 'X-Seen', 'Value': '$auth_status $auth_cookie_s' } ]");
        check.Answers = context =>
        {
            context.Response.Headers["X-User"] = "ann";
            context.Response.Headers.SetCookie = "s=2; Path=/";
            return Task.CompletedTask;
        };

        using var answer = await site.AskAsync("/a", ("X-User", "root"), ("X-Mail", "root@example.com"));

        var headers = Assert.Single(site.Destination.Arrivals, arrival => arrival.Target == "/a").Headers;
        Assert.Equal("ann", headers["X-User"]);
        Assert.DoesNotContain("X-Mail", headers.Keys);
        Assert.Equal(("s=2; Path=/", "200 2"), (Assert.Single(answer.Headers.GetValues("Set-Cookie")), Assert.Single(answer.Headers.GetValues("X-Seen"))));
    }

    [Fact]
    public async Task Handshake_IsAskedAbout()
    {
        await using var check = await Destination.StartAsync();
        await using var site = await StartAsync(check);
        check.Answers = context =>
        {
            context.Response.StatusCode = context.Request.Headers.ContainsKey("X-Key") ? 200 : 403;
            return Task.CompletedTask;
        };

        await Assert.ThrowsAsync<WebSocketException>(() => site.Gateway.ConnectAsync("/a"));
        using var socket = await site.Gateway.ConnectAsync("/a", options => options.SetRequestHeader("X-Key", "1"));

        Assert.Equal(2, check.Arrivals.Count);
        Assert.All(check.Arrivals, arrival => Assert.DoesNotContain("Upgrade", arrival.Headers.Keys));
    }

    [Fact]
    public async Task Refusal_IsLedOn_WithWhatTheAnswerSaid()
    {
        await using var check = await Destination.StartAsync();
        await using var site = await StartAsync(check, more: ", 'ErrorPages': [ { 'Statuses': [ 401 ], 'Location': '$auth_location' } ]");
        check.Answers = context =>
        {
            context.Response.StatusCode = 401;
            context.Response.Headers.Location = "https://login.example/?rd=1";
            return Task.CompletedTask;
        };

        using var answer = await site.AskAsync("/a");

        Assert.Equal((HttpStatusCode.Found, "https://login.example/?rd=1"), (answer.StatusCode, answer.Headers.Location?.OriginalString));
    }

    [Fact]
    public async Task Page_OfAnError_MayHaveItsOwnStatus()
    {
        await using var check = await Destination.StartAsync();
        await using var site = await StartAsync(check, more: ", 'ErrorPages': [ { 'Statuses': [ 401 ], 'Path': '/login', 'PageStatus': true } ]", beside: ", " + SiteGateway.Own("'Answer': { 'Body': 'log in' }", "/login", "login"));
        check.AnswerStatus = 401;

        Assert.Equal((HttpStatusCode.OK, "log in"), await site.GetAsync("/a"));
    }

    [Fact]
    public async Task Answer_ToWhoWasLetIn_IsNotKeptForOthers()
    {
        await using var check = await Destination.StartAsync();
        await using var site = await StartAsync(check, more: ", 'Cache': { 'Ages': [ { 'Age': '00:10:00' } ] }");

        await site.GetAsync("/a");
        await site.GetAsync("/a");

        Assert.Equal(2, site.Destination.Arrivals.Count(arrival => arrival.Target == "/a"));
    }

    [Fact]
    public async Task Value_OfAClient_EndsNoLineOfTheQuestion()
    {
        await using var check = await Destination.StartAsync();
        await using var site = await StartAsync(check, "'Path': '/check?by=$http_x_by'");

        Assert.Equal(HttpStatusCode.OK, (await site.GetAsync("/a", ("X-By", "a HTTP/1.1"))).Status);

        Assert.Equal("/check?by=a%20HTTP/1.1", Assert.Single(check.Arrivals).Target);
    }

    [Theory]
    [InlineData("127.0.0.0/8", 0)]
    [InlineData("10.0.0.0/8", 1)]
    public async Task Address_OrAnswer_LetsIn_WhereAnyDoes(string allowed, int questions)
    {
        await using var check = await Destination.StartAsync();
        await using var site = await StartAsync(check, more: $", 'Satisfy': 'Any', 'Networks': [ {{ 'Allow': '{allowed}' }}, {{ 'Deny': 'all' }} ]");

        Assert.Equal(HttpStatusCode.OK, (await site.GetAsync("/a")).Status);

        Assert.Equal(questions, check.Arrivals.Count);
    }

    private static Task<SiteGateway> StartAsync(Destination check, string question = "'Path': '/check'", string more = "", string beside = "") => SiteGateway.StartBesideAsync(
        $"'Destinations': {{ 'a': {{ 'Address': '{check.Address}' }} }}", SiteGateway.Forwarded($"'AuthRequest': {{ 'Cluster': 'd', {question} }}{more}") + beside);
}
