using System.Net;
using YarpWs.Gateway.Tests.Forwarding;

namespace YarpWs.Gateway.Tests.Content;

/// <summary>What clients get in place of errors.</summary>
public sealed class ErrorPagesTests
{
    private static readonly (string Name, string Text)[] Pages = [("www/404.html", "<p>gone"), ("50x.html", "<p>broken")];

    [Fact]
    public async Task File_StandsForAnErrorOfTheGateway_WithItsStatus()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Forwarded("'ErrorPages': [ { 'Statuses': [ 502, 503 ], 'File': '50x.html' } ]"), Pages);
        await site.Destination.DisposeAsync();

        using var answer = await site.AskAsync("/");

        Assert.Equal((HttpStatusCode.BadGateway, "<p>broken"), (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
        Assert.Equal("text/html", answer.Content.Headers.ContentType!.ToString());
    }

    [Fact]
    public async Task Path_IsAskedOfTheRoutes_AndKeepsTheStatus()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files().Replace("'Files'", "'ErrorPages': [ { 'Statuses': [ 404 ], 'Path': '/404.html' } ], 'Files'", StringComparison.Ordinal), Pages);

        Assert.Equal((HttpStatusCode.NotFound, "<p>gone"), await site.GetAsync("/none?x=1"));
    }

    [Fact]
    public async Task Status_MayBeAnother()
    {
        await using var site = await SiteGateway.StartAsync(
            SiteGateway.Files().Replace("'Files'", "'ErrorPages': [ { 'Statuses': [ 404 ], 'Path': '/404.html', 'Status': 200 } ], 'Files'", StringComparison.Ordinal), Pages);

        Assert.Equal((HttpStatusCode.OK, "<p>gone"), await site.GetAsync("/none"));
    }

    [Fact]
    public async Task Location_LeadsAway()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own("'Answer': { 'Status': 403 }, 'ErrorPages': [ { 'Statuses': [ 403 ], 'Location': 'https://login.example/?back=$request_uri' } ]"));

        using var answer = await site.AskAsync("/a");

        Assert.Equal((HttpStatusCode.Found, "https://login.example/?back=/a"), (answer.StatusCode, answer.Headers.Location!.OriginalString));
        Assert.Equal("", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task ErrorOfADestination_StandsAsItIs_UnlessThePageIsForThoseToo()
    {
        var refusing = "'r': { 'ClusterId': 'c', 'Match': { 'Path': '/{**path}' }, 'AuthorizationPolicy': 'anonymous', 'ErrorPages': [ { 'Statuses': [ 418 ], 'File': '50x.html'MORE } ] }";
        await using var own = await SiteGateway.StartAsync(refusing.Replace("MORE", "", StringComparison.Ordinal), Pages);
        await using var replaced = await SiteGateway.StartAsync(refusing.Replace("MORE", ", 'OfDestinations': true", StringComparison.Ordinal), Pages);
        (own.Destination.AnswerStatus, replaced.Destination.AnswerStatus) = (418, 418);

        Assert.Equal(((HttpStatusCode)418, "answer"), await own.GetAsync("/"));
        Assert.Equal(((HttpStatusCode)418, "<p>broken"), await replaced.GetAsync("/"));
    }

    /// <summary>The client is still sending when it is refused, and has its page all the same.</summary>
    [Fact]
    public async Task BodyThatIsTooLarge_HasItsPage_WithoutWaitingForItsEnd()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Forwarded("'MaxRequestBodySize': 10, 'ErrorPages': [ { 'Statuses': [ 413 ], 'File': '50x.html' } ]"), Pages);
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, site.Gateway.Public.Port, Deadline.Token());
        using var raw = new RawClient(client);

        await raw.SendAsync("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1000000\r\n\r\nsome of it");

        Assert.StartsWith("HTTP/1.1 413 ", await raw.ReadHeadAsync(), StringComparison.Ordinal);
        await raw.ReadToAsync("<p>broken");
    }

    /// <summary>The body of what failed has been sent, and is none of the page's.</summary>
    [Fact]
    public async Task Page_OfAnotherDestination_IsAskedForWithGet_AndWithoutTheBody()
    {
        await using var site = await SiteGateway.StartAsync(
            SiteGateway.Forwarded("'ErrorPages': [ { 'Statuses': [ 418 ], 'Path': '/page?from=$uri', 'OfDestinations': true } ]", "/form") + ", " + SiteGateway.Forwarded("", "/page", "page"));
        site.Destination.AnswerStatus = 418;
        using var content = new StringContent("a=b");

        using var answer = await site.Http.PostAsync("/form", content, Deadline.Token());

        Assert.Equal((HttpStatusCode)418, answer.StatusCode);
        Assert.Equal(["POST /form", "GET /page?from=/form"], site.Destination.Arrivals.Where(arrival => arrival.Target != "/readyz").Select(arrival => $"{arrival.Method} {arrival.Target}"));
        Assert.DoesNotContain("Content-Length", site.Destination.Arrivals.Last().Headers.Keys);
    }

    /// <summary>The destination has answered, and the rest of the body is still on its way.</summary>
    [Fact]
    public async Task EarlyAnswer_OfADestination_HasItsPage()
    {
        await using var gateway = await RawGateway.StartAsync(
            ("ReverseProxy:Routes:open:ErrorPages:0:Statuses:0", "500"), ("ReverseProxy:Routes:open:ErrorPages:0:OfDestinations", "true"), ("ReverseProxy:Routes:open:ErrorPages:0:Path", "/page"),
            ("ReverseProxy:Routes:page:AuthorizationPolicy", "anonymous"), ("ReverseProxy:Routes:page:Match:Path", "/page"), ("ReverseProxy:Routes:page:Answer:Body", "<p>broken"));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync("POST /open/x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1000\r\n\r\nsome of it");
        using var asked = await gateway.Destination.AcceptAsync();

        await asked.AnswerAsync("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 5\r\n\r\nwhole");

        Assert.StartsWith("HTTP/1.1 500 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await client.ReadToAsync("<p>broken");
        Assert.DoesNotContain(gateway.Log.Lines, line => line.Contains("This is a bug", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Page_ThatIsNotThere_LeavesTheStatusAndASentence()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own("'Answer': { 'Status': 410 }, 'ErrorPages': [ { 'Statuses': [ 410 ], 'File': 'none.html' } ]"));

        Assert.Equal((HttpStatusCode.Gone, "Gone.\n"), await site.GetAsync("/"));
    }

    [Fact]
    public async Task Challenge_IsKept_BesideAPage()
    {
        await using var site = await SiteGateway.StartAsync(
            SiteGateway.Own("'Answer': { }, 'BasicAuth': { 'File': 'users' }, 'ErrorPages': [ { 'Statuses': [ 401 ], 'File': '50x.html' } ]"), [.. Pages, ("users", "ann:{PLAIN}secret")]);

        using var answer = await site.AskAsync("/");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Basic", answer.Headers.WwwAuthenticate.Single().Scheme);
        Assert.Equal("<p>broken", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>A client that has a page of the path asks for what is new; the error is none of that.</summary>
    [Fact]
    public async Task Conditions_OfTheRequest_AreNotForThePage()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files().Replace("'Files'", "'ErrorPages': [ { 'Statuses': [ 404 ], 'Path': '/404.html' } ], 'Files'", StringComparison.Ordinal), Pages);
        using var page = await site.AskAsync("/404.html");

        using var answer = await site.AskAsync("/none", ("If-None-Match", page.Headers.ETag!.ToString()), ("Range", "bytes=0-1"));

        Assert.Equal((HttpStatusCode.NotFound, "<p>gone"), (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }
}
