using Microsoft.AspNetCore.Http;
using YarpWs.Gateway.Tests.Content;

namespace YarpWs.Gateway.Tests.Forwarding;

/// <summary>Routes that change the paths and domains of destinations' cookies.</summary>
public sealed class AnswerCookiesTests
{
    [Theory]
    [InlineData("'Path': '/app/', 'To': '/'", "s=1; path=/app/x; HttpOnly", "s=1; path=/x; HttpOnly")]
    [InlineData("'Path': '/app/', 'To': '/'", "s=1; Path=/other", "s=1; Path=/other")]
    [InlineData("'Path': '/', 'To': '/under/'", "path=/; Path=/", "path=/; Path=/under/")]
    [InlineData("'Path': '/', 'To': '/; Secure'", "s=1; Path=/", "s=1; Path=/; Secure")]
    [InlineData("'Path': '~* ^/APP/([a-z]+)$', 'To': '/$1/'", "s=1;Path=/app/x", "s=1;Path=/x/")]
    [InlineData("'Domain': 'b.internal', 'To': '$host'", "s=1; Domain=.B.internal; Path=/", "s=1; Domain=site.example; Path=/")]
    [InlineData("'Domain': 'b.internal', 'To': '$host'", "s=1; Domain=ab.internal", "s=1; Domain=ab.internal")]
    public async Task Rule_ChangesTheAttributeThatFits_AndNothingElse(string rule, string sent, string expected)
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Forwarded($"'Cookies': [ {{ {rule} }} ]"));
        site.Destination.Answers = context =>
        {
            context.Response.Headers.Append("Set-Cookie", sent);
            context.Response.Headers.Append("Set-Cookie", "plain=1");
            return Task.CompletedTask;
        };

        using var answer = await site.AskAsync("/", ("Host", "site.example"));

        Assert.Equal([expected, "plain=1"], answer.Headers.GetValues("Set-Cookie"));
    }
}
