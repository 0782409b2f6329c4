using System.Net;
using Microsoft.IdentityModel.JsonWebTokens;
using Xunit;
using YarpWs.EndToEnd.Tests.Access;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Sessions;

/// <summary>A person without a token logs in, and is known on every gateway.</summary>
public sealed class SessionTests(SharedSessionSite shared) : IClassFixture<SharedSessionSite>
{
    private readonly SessionSite _site = Anew(shared.Site);

    [Fact]
    public async Task Page_OfAPersonWithoutASession_IsSentToTheIssuer_AndOpensOnceTheyHaveLoggedIn()
    {
        using var person = new Person();

        using var sent = await person.OpenAsync(new Uri(_site.A, "/app/page?x=1"));
        Assert.Equal(HttpStatusCode.Found, sent.StatusCode);
        Assert.StartsWith(_site.Issuer.Address + "/authorize?", sent.Headers.Location!.ToString(), StringComparison.Ordinal);
        var arrival = await person.LogInAsync(_site.A, "/app/page?x=1");

        Assert.Equal("/app/page?x=1", arrival.Target);
        Assert.Equal(_site.Issuer.Person, SubjectOf(arrival));
        Assert.Null(arrival.Header("Cookie"));
    }

    [Fact]
    public async Task Issuer_IsAskedToSendThePersonBackByALink_AndIsNotToldWhatAsks()
    {
        using var person = new Person();

        using var sent = await person.OpenAsync(new Uri(_site.A, "/app/page"));

        var asked = sent.Headers.Location!.Query;
        Assert.DoesNotContain("response_mode=form_post", asked, StringComparison.Ordinal);
        Assert.DoesNotContain("x-client", asked, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Cookie_IsOutOfReachOfScriptsAndOtherSites_AndSmall()
    {
        using var person = new Person();
        using var back = await person.OpenAsync((await person.OpenAsync((await person.OpenAsync(new Uri(_site.A, "/app/page"))).Headers.Location!)).Headers.Location!);

        var cookie = Assert.Single(back.Headers.GetValues("Set-Cookie"), line => line.StartsWith("yarpws-session=", StringComparison.Ordinal));
        Assert.Contains("; httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.InRange(cookie.Length, 1, 600);
    }

    [Fact]
    public async Task Login_BegunOnOneGateway_IsFinishedOnTheOther_AndHoldsOnBoth()
    {
        using var person = new Person();
        var issuer = (await person.OpenAsync(new Uri(_site.A, "/app/page"))).Headers.Location!;
        var callback = (await person.OpenAsync(issuer)).Headers.Location!;

        using var finished = await person.OpenAsync(new Uri(_site.B, callback.PathAndQuery));

        Assert.Equal((HttpStatusCode.Found, "/app/page"), (finished.StatusCode, finished.Headers.Location!.ToString()));
        foreach (var gateway in new[] { _site.A, _site.B })
        {
            using var answer = await person.FetchAsync(new Uri(gateway, "/api/x"));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(_site.Issuer.Person, SubjectOf(await Person.ReadAsync(answer)));
        }
    }

    [Theory]
    [InlineData("GET", "*/*", null)]
    [InlineData("GET", "application/json", null)]
    [InlineData("GET", Person.Html, "cors")]
    [InlineData("POST", Person.Html, "navigate")]
    [InlineData("HEAD", Person.Html, "navigate")]
    public async Task Script_WithoutASession_Gets401_AndNoRedirect(string method, string accept, string? mode)
    {
        using var person = new Person();

        using var answer = await person.SendAsync(new HttpMethod(method), new Uri(_site.A, "/app/data"), [("Accept", accept), .. mode is null ? Array.Empty<(string, string)>() : [("Sec-Fetch-Mode", mode)]]);

        Assert.Equal((HttpStatusCode.Unauthorized, "Bearer"), (answer.StatusCode, answer.Headers.WwwAuthenticate.ToString()));
        Assert.Null(answer.Headers.Location);
    }

    [Fact]
    public async Task Socket_WithoutASession_Gets401()
    {
        await using var answer = await RawWebSocket.RequestAsync(_site.A, "GET", "/app/socket", [.. RawWebSocket.Handshake(), $"Accept: {Person.Html}", $"Origin: {_site.A.GetLeftPart(UriPartial.Authority)}"]);

        Assert.Equal((401, "Bearer"), (answer.Status, answer.Header("WWW-Authenticate")));
    }

    [Fact]
    public async Task Page_OfAPolicyThatDoesNotLogIn_Gets401()
    {
        using var person = new Person();

        using var answer = await person.OpenAsync(new Uri(_site.A, "/api/x"));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Theory]
    [InlineData(null, 403)]
    [InlineData("https://evil.example", 403)]
    [InlineData("null", 403)]
    [InlineData("own", 101)]
    public async Task Socket_WithASession_IsForPagesOfThisSite(string? origin, int status)
    {
        using var person = new Person();
        await person.LogInAsync(_site.A);

        await using var answer = await RawWebSocket.RequestAsync(
            _site.A,
            "GET",
            "/ws/x",
            [.. RawWebSocket.Handshake(), $"Cookie: {person.CookieHeader(_site.A)}", .. origin is null ? Array.Empty<string>() : [$"Origin: {(origin == "own" ? _site.A.GetLeftPart(UriPartial.Authority) : origin)}"]]);

        Assert.Equal(status, answer.Status);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example/")]
    [InlineData("/\t/evil.example/")]
    [InlineData("evil.example")]
    [InlineData("")]
    public async Task Login_GoesOnToNoOtherSite(string returnTo)
    {
        using var person = new Person();

        using var answer = await person.OpenAsync(new Uri(_site.A, $"/auth/login?returnTo={Uri.EscapeDataString(returnTo)}"));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Login_GoesOnToThePathThatIsAskedFor()
    {
        using var person = new Person();

        using var answer = await person.FollowAsync(new Uri(_site.A, "/auth/login?returnTo=%2Fopen%2Fpage%3Fa%3Db"));

        Assert.Equal("/open/page?a=b", (await Person.ReadAsync(answer)).Target);
    }

    [Theory]
    [InlineData("tampered")]
    [InlineData("garbage")]
    [InlineData("swapped")]
    public async Task Cookie_ThatTheGatewayDidNotGive_IsNobodys(string what)
    {
        using var person = new Person();
        await person.LogInAsync(_site.A);
        var (name, value) = person.CookieHeader(_site.A).Split('=', 2) is [var first, var second] ? (first, second) : default;
        var forged = what switch { "tampered" => value[..40] + (value[40] == 'A' ? 'B' : 'A') + value[41..], "garbage" => "garbage", _ => new string([.. value.Reverse()]) };

        using var stranger = new Person();
        using var answer = await stranger.SendAsync(HttpMethod.Get, new Uri(_site.A, "/api/x"), ("Cookie", $"{name}={forged}"));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task Callback_WithAnothersCode_IsRefused()
    {
        // A login that was begun in another browser: a page of the attacker's would log the visitor in as the attacker.
        using var attacker = new Person();
        var callback = (await attacker.OpenAsync((await attacker.OpenAsync(new Uri(_site.A, "/app/page"))).Headers.Location!)).Headers.Location!;
        using var visitor = new Person();

        using var answer = await visitor.OpenAsync(callback);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("", visitor.CookieHeader(_site.A));
    }

    [Theory]
    [InlineData("/auth/callback")]
    [InlineData("/auth/logged-out")]
    public async Task WayBackFromTheIssuer_IsALink(string path)
    {
        using var person = new Person();

        using var posted = await person.SendAsync(HttpMethod.Post, new Uri(_site.A, path));

        Assert.Equal(HttpStatusCode.MethodNotAllowed, posted.StatusCode);
    }

    [Fact]
    public async Task OtherCookies_GoOn_AndATokenOfTheRequestsOwnWins()
    {
        using var person = new Person();
        await person.LogInAsync(_site.A);

        using var answer = await person.SendAsync(HttpMethod.Get, new Uri(_site.A, "/open/x"), ("Cookie", $"theme=dark; {person.CookieHeader(_site.A)}; a=b"), ("Authorization", "Bearer own"));
        var arrival = await Person.ReadAsync(answer);

        Assert.Equal(("theme=dark; a=b", "Bearer own"), (arrival.Header("Cookie"), arrival.Header("Authorization")));
    }

    /// <summary>Of the token that arrived, whose signature the gateway has checked.</summary>
    private static string SubjectOf(Arrival arrival) =>
        new JsonWebToken(arrival.Header("Authorization")!["Bearer ".Length..]).Subject;

    private static SessionSite Anew(SessionSite site)
    {
        (site.Issuer.Person, site.Issuer.SessionId) = (TwoGateways.User(), TwoGateways.User());
        return site;
    }
}
