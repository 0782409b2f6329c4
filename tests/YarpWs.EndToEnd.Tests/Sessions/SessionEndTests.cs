using System.Net;
using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Xunit;
using YarpWs.EndToEnd.Tests.Access;

namespace YarpWs.EndToEnd.Tests.Sessions;

/// <summary>Sessions end on every gateway: by their owner, and by their issuer (OpenID Connect Back-Channel Logout 1.0).</summary>
public sealed class SessionEndTests(SharedSessionSite shared) : IClassFixture<SharedSessionSite>
{
    private readonly SessionSite _site = Anew(shared.Site);

    [Fact]
    public async Task Logout_InAnotherTab_ClosesTheSocketsOnBothGateways_AndNobodyElses()
    {
        using var person = await LoggedInAsync();
        var cookie = person.CookieHeader(_site.A);
        var (onA, _) = await person.ConnectAsync(_site.A);
        var (onB, _) = await person.ConnectAsync(_site.B);
        Anew(_site);
        using var other = await LoggedInAsync();
        var (others, _) = await other.ConnectAsync(_site.B);

        using var answer = await person.LogOutAsync(_site.A);

        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        Assert.StartsWith(_site.Issuer.Address + "/logout?", answer.Headers.Location!.ToString(), StringComparison.Ordinal);
        await onA.ExpectCloseAsync(4004);
        await onB.ExpectCloseAsync(4004);
        Assert.Equal("", person.CookieHeader(_site.A));
        foreach (var gateway in new[] { _site.A, _site.B })
        {
            using var thief = new Person();
            using var refused = await thief.SendAsync(HttpMethod.Get, new Uri(gateway, "/api/x"), ("Cookie", cookie));
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        await ExpectOpenAsync(others);
        await DisposeAsync(onA, onB, others);
    }

    [Fact]
    public async Task Logout_EndsTheIssuersSessionToo_AndThePersonCanLogInAgain()
    {
        using var person = await LoggedInAsync();

        using var gone = await person.LogOutAsync(_site.B);
        using var back = await person.OpenAsync((await person.OpenAsync(gone.Headers.Location!)).Headers.Location!);

        Assert.Equal("/", back.Headers.Location!.ToString());
        Assert.NotEqual("", Assert.Single(_site.Issuer.EndedSessions, token => new JsonWebToken(token).Subject == _site.Issuer.Person));
        await WaitForNextSecondAsync();
        await person.LogInAsync(_site.A);
        var (socket, _) = await person.ConnectAsync(_site.B);
        await ExpectOpenAsync(socket);
        await DisposeAsync(socket);
    }

    [Fact]
    public async Task Logout_OfAPersonWithoutASession_LeadsToWhereOthersGoWhoHaveLoggedOut()
    {
        using var person = new Person();

        using var answer = await person.LogOutAsync(_site.A);

        Assert.Equal((HttpStatusCode.SeeOther, "/"), (answer.StatusCode, answer.Headers.Location?.ToString()));
    }

    [Fact]
    public async Task Logout_ByAScript_IsToldAndNotSentAway()
    {
        using var person = await LoggedInAsync();

        using var answer = await person.LogOutAsync(_site.A, accept: "*/*");

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        using var afterwards = await person.FetchAsync(new Uri(_site.A, "/api/x"));
        Assert.Equal(HttpStatusCode.Unauthorized, afterwards.StatusCode);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    public async Task Logout_FromAnotherSitesPage_IsRefused_AndTheSessionGoesOn(string origin)
    {
        using var person = await LoggedInAsync();

        using var answer = await person.LogOutAsync(_site.A, origin);
        using var byLink = await person.OpenAsync(new Uri(_site.A, "/auth/logout"));

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.MethodNotAllowed), (answer.StatusCode, byLink.StatusCode));
        using var afterwards = await person.FetchAsync(new Uri(_site.A, "/api/x"));
        Assert.Equal(HttpStatusCode.OK, afterwards.StatusCode);
    }

    [Fact]
    public async Task LoginOfAnotherPerson_InTheSameBrowser_EndsTheSessionBefore()
    {
        using var browser = await LoggedInAsync();
        var (socket, _) = await browser.ConnectAsync(_site.B);
        Anew(_site);

        using var answer = await browser.FollowAsync(new Uri(_site.A, "/auth/login?returnTo=/app/page"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await socket.ExpectCloseAsync(4004);
        await DisposeAsync(socket);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BackChannel_ClosesTheSocketsOnBothGateways_AndEndsTheSession(bool bySession)
    {
        using var person = await LoggedInAsync();
        var (onA, _) = await person.ConnectAsync(_site.A);
        var (onB, _) = await person.ConnectAsync(_site.B);

        using var answer = await SendAsync(_site.A, bySession ? _site.Issuer.SignLogout(_site.Issuer.SessionId) : _site.Issuer.SignLogout(null, _site.Issuer.Person));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
        await onA.ExpectCloseAsync(4004);
        await onB.ExpectCloseAsync(4004);
        foreach (var gateway in new[] { _site.A, _site.B })
        {
            using var afterwards = await person.FetchAsync(new Uri(gateway, "/api/x"));
            Assert.Equal(HttpStatusCode.Unauthorized, afterwards.StatusCode);
        }

        await DisposeAsync(onA, onB);
    }

    [Theory]
    [InlineData("forged")]
    [InlineData("another issuer")]
    [InlineData("another audience")]
    [InlineData("expired")]
    [InlineData("old")]
    [InlineData("future")]
    [InlineData("no iat")]
    [InlineData("no events")]
    [InlineData("another event")]
    [InlineData("nonce")]
    [InlineData("nobody")]
    [InlineData("no jti")]
    [InlineData("ID token")]
    [InlineData("garbage")]
    [InlineData("empty")]
    public async Task BackChannel_ByATokenThatIsNoLogoutToken_EndsNothing(string fault)
    {
        using var person = await LoggedInAsync();
        var (socket, _) = await person.ConnectAsync(_site.A);
        using var foreign = RSA.Create(2048);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var token = fault switch
        {
            "forged" => Sign(key: foreign),
            "another issuer" => Sign(claims => claims["iss"] = "https://evil.example"),
            "another audience" => Sign(claims => claims["aud"] = "another"),
            "expired" => Sign(claims => claims["exp"] = now - 60),
            "old" => Sign(claims => (claims["iat"], claims["exp"]) = (now - 3600, now + 60)),
            "future" => Sign(claims => claims["iat"] = now + 3600),
            "no iat" => Sign(claims => claims.Remove("iat")),
            "no events" => Sign(claims => claims.Remove("events")),
            "another event" => Sign(claims => claims["events"] = new Dictionary<string, object> { ["https://evil.example"] = new Dictionary<string, object>() }),
            "nonce" => Sign(claims => claims["nonce"] = "n"),
            "nobody" => _site.Issuer.SignLogout(null),
            "no jti" => Sign(claims => claims.Remove("jti")),
            "ID token" => Sign(claims => (claims["nonce"], claims["events"]) = ("n", "x")),
            "garbage" => "garbage",
            _ => "",
        };

        using var answer = await SendAsync(_site.A, token);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("\"invalid_request\"", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await ExpectOpenAsync(socket);
        using var afterwards = await person.FetchAsync(new Uri(_site.A, "/api/x"));
        Assert.Equal(HttpStatusCode.OK, afterwards.StatusCode);
        await DisposeAsync(socket);
    }

    [Fact]
    public async Task BackChannel_ByAnIssuerThatDatesItsTokensAndGivesThemNoEnd_EndsTheSession()
    {
        using var person = await LoggedInAsync();

        using var answer = await SendAsync(_site.A, Sign(claims => claims.Remove("exp")));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var afterwards = await person.FetchAsync(new Uri(_site.A, "/api/x"));
        Assert.Equal(HttpStatusCode.Unauthorized, afterwards.StatusCode);
    }

    [Fact]
    public async Task BackChannel_TakesATokenOnce_AmongAllGateways()
    {
        using var person = await LoggedInAsync();
        var token = _site.Issuer.SignLogout(_site.Issuer.SessionId);
        using var first = await SendAsync(_site.A, token);
        await WaitForNextSecondAsync();
        await person.LogInAsync(_site.A);

        using var replayed = await SendAsync(_site.B, token);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.BadRequest), (first.StatusCode, replayed.StatusCode));
        using var afterwards = await person.FetchAsync(new Uri(_site.B, "/api/x"));
        Assert.Equal(HttpStatusCode.OK, afterwards.StatusCode);
    }

    private string Sign(Action<Dictionary<string, object>>? change = null, RSA? key = null) => _site.Issuer.SignLogout(_site.Issuer.SessionId, change: change, key: key);

    private async Task<Person> LoggedInAsync()
    {
        var person = new Person();
        await person.LogInAsync(_site.A);
        return person;
    }

    private static async Task<HttpResponseMessage> SendAsync(Uri gateway, string token)
    {
        using var http = new HttpClient();
        using var form = new FormUrlEncodedContent([new("logout_token", token)]);
        return await http.PostAsync(new Uri(gateway, "/auth/backchannel-logout"), form, TestContext.Current.CancellationToken);
    }

    /// <summary>What it was asked to close would have been closed before this comes back.</summary>
    private static async Task ExpectOpenAsync(RawWebSocket socket)
    {
        await socket.SendAsync(Opcode.Ping, [1]);
        await socket.ExpectPongAsync([1]);
    }

    /// <summary>Tokens are dated in whole seconds: one of the same second as a logout is one of before it.</summary>
    private static Task WaitForNextSecondAsync()
    {
        var second = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        return Eventually.IsAsync(_ => Task.FromResult(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() > second), "the next second", Deadline.Length);
    }

    private static async Task DisposeAsync(params RawWebSocket[] sockets)
    {
        foreach (var socket in sockets)
        {
            await socket.DisposeAsync();
        }
    }

    private static SessionSite Anew(SessionSite site)
    {
        (site.Issuer.Person, site.Issuer.SessionId) = (TwoGateways.User(), TwoGateways.User());
        return site;
    }
}
