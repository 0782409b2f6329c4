using System.Net;

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
