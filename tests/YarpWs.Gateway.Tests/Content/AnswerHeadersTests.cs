using System.Globalization;
using System.Net;

namespace YarpWs.Gateway.Tests.Content;

/// <summary>Headers that a route gives its answers.</summary>
public sealed class AnswerHeadersTests
{
    private const string Frame = "'Headers': [ { 'Name': 'X-Frame-Options', 'Value': 'DENY' }, { 'Name': 'X-Always', 'Value': '1', 'Always': true } ]";

    [Fact]
    public async Task Headers_StandOnAnswersOfDestinations()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Forwarded(Frame));

        using var answer = await site.AskAsync("/x");

        Assert.Equal(("DENY", "1"), (One(answer, "X-Frame-Options"), One(answer, "X-Always")));
    }

    [Fact]
    public async Task Expires_IsCountedFromTheDateOfTheAnswer()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Forwarded("'Expires': '01:00:00'"));

        using var answer = await site.AskAsync("/x");

        Assert.Equal(TimeSpan.FromHours(1), answer.Content.Headers.Expires - answer.Headers.Date);
    }

    [Fact]
    public async Task Headers_StandOnErrors_OnlyWithAlways()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own($"'Answer': {{ 'Status': 404 }}, {Frame}"));

        using var answer = await site.AskAsync("/x");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("1", One(answer, "X-Always"));
        Assert.False(answer.Headers.Contains("X-Frame-Options"));
    }

    [Fact]
    public async Task Headers_StandOnWhatTheGatewayAnswersForADestinationThatIsGone()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Forwarded(Frame));
        await site.Destination.DisposeAsync();

        using var answer = await site.AskAsync("/x");

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal("1", One(answer, "X-Always"));
    }

    [Fact]
    public async Task Headers_StandOnRefusalsOfThoseWhoAreNotLetIn()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own($"'Answer': {{ }}, 'Networks': [ {{ 'Deny': 'all' }} ], {Frame}"));

        using var answer = await site.AskAsync("/x");

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal("1", One(answer, "X-Always"));
    }

    [Fact]
    public async Task Header_StandsBesideTheDestinationsOwn_UnlessThatIsRemoved()
    {
        const string Text = "'Headers': [ { 'Name': 'Content-Type', 'Value': 'text/x-own' } ]";
        await using var beside = await SiteGateway.StartAsync(SiteGateway.Own($"'Answer': {{ 'Body': 'x' }}, {Text}"));
        await using var replaced = await SiteGateway.StartAsync(SiteGateway.Own($"'Answer': {{ 'Body': 'x' }}, {Text}, 'RemoveHeaders': [ 'content-type' ]"));

        using var two = await beside.AskAsync("/");
        using var one = await replaced.AskAsync("/");

        Assert.Equal(2, two.Content.Headers.NonValidated["Content-Type"].Count);
        Assert.Equal("text/x-own", one.Content.Headers.NonValidated["Content-Type"].ToString());
    }

    [Fact]
    public async Task Value_HasVariablesOfTheRequest_AndAnEmptyOneIsLeftOut()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own(
            "'Answer': { }, 'Headers': [ { 'Name': 'Access-Control-Allow-Origin', 'Value': '$http_origin' }, { 'Name': 'X-Room', 'Value': 'room $arg_room of $path_path' } ]"));

        using var with = await site.AskAsync("/a/b%20c?room=blue", ("Origin", "https://a.example"));
        using var without = await site.AskAsync("/");

        Assert.Equal("https://a.example", One(with, "Access-Control-Allow-Origin"));
        Assert.Equal("room blue of a/b%20c", One(with, "X-Room"));
        Assert.False(without.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Expires_SaysHowLongAnAnswerMayBeKept()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own("'Answer': { }, 'Expires': '1.00:00:00'"));

        using var answer = await site.AskAsync("/");

        Assert.Equal("max-age=86400", answer.Headers.NonValidated["Cache-Control"].ToString());
        var expires = DateTimeOffset.Parse(answer.Content.Headers.NonValidated["Expires"].ToString(), CultureInfo.InvariantCulture);
        Assert.InRange(expires, DateTimeOffset.UtcNow.AddHours(23), DateTimeOffset.UtcNow.AddHours(25));
    }

    [Fact]
    public async Task RequestHeaders_ReachDestinations_InPlaceOfTheClients()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Forwarded(
            "'RequestHeaders': [ { 'Name': 'X-Id', 'Value': '$request_id' }, { 'Name': 'X-Host', 'Value': '${host}:$server_port' }, { 'Name': 'X-Secret', 'Value': '' } ]"));

        using var answer = await site.AskAsync("/x", ("X-Id", "forged"), ("X-Secret", "kept?"));

        var headers = Assert.Single(site.Destination.Arrivals, arrival => arrival.Target == "/x").Headers;
        Assert.Matches("^[0-9a-f]{32}$", headers["X-Id"]);
        Assert.Equal($"127.0.0.1:{site.Gateway.Public.Port}", headers["X-Host"]);
        Assert.DoesNotContain("X-Secret", headers.Keys);
    }

    [Fact]
    public async Task RequestHeaders_ReachDestinationsWithHandshakes()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Forwarded("'RequestHeaders': [ { 'Name': 'X-Room', 'Value': '$arg_room' } ]"));

        using var socket = await site.Gateway.ConnectAsync("/ws?room=blue");

        Assert.Equal("blue", Assert.Single(site.Destination.Arrivals, arrival => arrival.Target == "/ws?room=blue").Headers["X-Room"]);
    }

    private static string One(HttpResponseMessage answer, string name) => Assert.Single(answer.Headers.GetValues(name));
}
