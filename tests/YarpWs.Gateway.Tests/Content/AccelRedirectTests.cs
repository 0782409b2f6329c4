using System.Net;
using Microsoft.AspNetCore.Http;
using YarpWs.Gateway.Content;

namespace YarpWs.Gateway.Tests.Content;

/// <summary>Destinations that judge a request and have another route answer it.</summary>
public sealed class AccelRedirectTests
{
    private static readonly string Routes =
        SiteGateway.Forwarded("'AccelRedirects': true", "/download/{**path}") + ", "
        + SiteGateway.Own("'Internal': true, 'Files': { 'Alias': 'www' }", "/kept/{**path}", "kept");

    private static readonly (string Name, string Text)[] Files = [("www/report.txt", "0123456789")];

    [Fact]
    public async Task File_IsAnsweredInTheDestinationsPlace_WithWhatThatSaysOfIt()
    {
        await using var site = await SiteGateway.StartAsync(Routes, Files);
        Lead(site, "/kept/report.txt", headers =>
        {
            headers.ContentType = "application/x-report";
            headers.ContentDisposition = "attachment; filename=march.txt";
            headers["X-Of-Destination"] = "a";
            headers.ETag = "\"of-destination\"";
        });

        using var answer = await site.AskAsync("/download/1");

        Assert.Equal((HttpStatusCode.OK, "0123456789"), (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
        Assert.Equal(("application/x-report", "attachment; filename=march.txt", 10L), (answer.Content.Headers.ContentType!.ToString(), answer.Content.Headers.ContentDisposition!.ToString(), answer.Content.Headers.ContentLength!.Value));
        Assert.False(answer.Headers.Contains(AccelRedirect.Header) || answer.Headers.Contains("X-Of-Destination"));
        Assert.NotEqual("\"of-destination\"", answer.Headers.ETag!.ToString());
    }

    [Fact]
    public async Task Range_IsAskedOfTheFile_AndAPostBecomesAGet()
    {
        await using var site = await SiteGateway.StartAsync(Routes, Files);
        Lead(site, "/kept/report.txt");

        using var part = await site.AskAsync("/download/1", ("Range", "bytes=2-4"));
        using var posted = await site.AskAsync(HttpMethod.Post, "/download/1");

        Assert.Equal((HttpStatusCode.PartialContent, "234"), (part.StatusCode, await part.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
        Assert.Equal((HttpStatusCode.OK, "0123456789"), (posted.StatusCode, await posted.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task InternalRoute_IsNotThereForClients()
    {
        await using var site = await SiteGateway.StartAsync(Routes, Files);

        Assert.Equal(HttpStatusCode.NotFound, (await site.GetAsync("/kept/report.txt")).Status);
    }

    [Theory]
    [InlineData("/kept/none", HttpStatusCode.NotFound)]
    [InlineData("kept/report.txt", HttpStatusCode.InternalServerError)]
    [InlineData("https://elsewhere.example/", HttpStatusCode.InternalServerError)]
    [InlineData("/download/again", HttpStatusCode.InternalServerError)]
    public async Task PlaceThatIsNone_IsAnError(string place, HttpStatusCode status)
    {
        await using var site = await SiteGateway.StartAsync(Routes, Files);
        Lead(site, place);

        Assert.Equal(status, (await site.GetAsync("/download/1")).Status);
    }

    [Theory]
    [InlineData("/kept/../gateway.json")]
    [InlineData("/kept/%2e%2e/gateway.json")]
    public async Task Place_LeadsToNoFileOutsideTheRoutesFolder(string place)
    {
        await using var site = await SiteGateway.StartAsync(Routes, Files);
        Lead(site, place);

        var (status, text) = await site.GetAsync("/download/1");

        Assert.InRange((int)status, 400, 404);
        Assert.DoesNotContain("ReverseProxy", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutTheSetting_TheHeaderGoesThrough()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Forwarded(""));
        Lead(site, "/kept/report.txt");

        using var answer = await site.AskAsync("/download/1");

        Assert.Equal(["/kept/report.txt"], answer.Headers.GetValues(AccelRedirect.Header));
    }

    private static void Lead(SiteGateway site, string place, Action<IHeaderDictionary>? headers = null) => site.Destination.Answers = async context =>
    {
        context.Response.Headers[AccelRedirect.Header] = place;
        headers?.Invoke(context.Response.Headers);
        await context.Response.WriteAsync("not for the client");
    };
}
