using YarpWs.Gateway.Tests.Content;

namespace YarpWs.Gateway.Tests.Forwarding;

/// <summary>Where clients are led when a destination leads them to an address of its own.</summary>
public sealed class AnswerRedirectsTests
{
    [Theory]
    [InlineData("{ 'From': 'http://b:1/', 'To': '/app/' }", "http://b:1/x?y=%2F", "/app/x?y=%2F")]
    [InlineData("{ 'From': 'http://b:1/', 'To': '/app/' }", "http://other/x", "http://other/x")]
    [InlineData("{ 'From': 'http://b:1/', 'To': '/app/' }", "/x", "/x")]
    [InlineData("{ 'From': 'http://', 'To': 'https://' }", "http://b:1/x", "https://b:1/x")]
    [InlineData("{ 'From': 'http://$http_x_to/', 'To': 'https://$http_x_to.example/' }", "http://blue/x", "https://blue.example/x")]
    [InlineData("{ 'From': '~ ^http://[^/]+(/.*)$', 'To': 'https://new.example$1' }", "http://b:1/x", "https://new.example/x")]
    [InlineData("{ 'From': '~* ^HTTP://b', 'To': 'https://new.example/' }", "http://b:1/x", "https://new.example/")]
    [InlineData("{ 'From': 'http://a/', 'To': '/a/' }, { 'From': 'http://b:1/', 'To': '/b/' }", "http://b:1/x", "/b/x")]
    public async Task Location_GivesWayToTheFirstThatFits(string redirects, string said, string expected)
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Forwarded($"'Redirects': [ {redirects} ]"));
        (site.Destination.AnswerStatus, site.Destination.AnswerLocation) = (302, said);

        using var answer = await site.AskAsync("/x", ("X-To", "blue"));

        Assert.Equal(expected, answer.Headers.Location!.OriginalString);
    }

    [Theory]
    [InlineData("{ 'To': '/' }", "Redirects:0:From")]
    [InlineData("{ 'From': 'http://b/' }", "Redirects:0:To")]
    [InlineData("{ 'From': '~ (', 'To': '/' }", "Redirects:0:From")]
    [InlineData("{ 'From': 'http://$nothing/', 'To': '/' }", "Redirects:0:From")]
    public async Task Redirect_ThatCannotBeMade_IsNamed(string redirect, string key)
    {
        var fault = await Assert.ThrowsAnyAsync<Exception>(() => SiteGateway.StartAsync(SiteGateway.Forwarded($"'Redirects': [ {redirect} ]")));

        Assert.Contains($"ReverseProxy:Routes:r:{key}", fault.Message, StringComparison.Ordinal);
    }
}
