using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using YarpWs.Gateway.Access.Sessions;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Tests.Access.Sessions;

public sealed class SessionTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
    private static readonly SessionsOptions Options = new() { Lifetime = TimeSpan.FromHours(12), RenewBefore = TimeSpan.FromMinutes(1) };

    [Fact]
    public void Session_IsWhose_AndHoldsWhat_ItsTokensSay()
    {
        var session = Begun(TokenOf("ann", session: "s1", life: TimeSpan.FromMinutes(10)));

        Assert.Equal(("https://id.example", "ann", "s1", "key"), (session.Login.Issuer, session.Login.User, session.Login.SessionId, session.Login.Session));
        Assert.Equal(("access", "refresh", "id"), (session.AccessToken, session.RefreshToken, session.IdToken));
        Assert.Equal((Now, Now.AddMinutes(10)), (session.Login.IssuedAt, session.Login.ExpiresAt));
        Assert.Equal((Now, 0), (session.NewestTokenIssuedAt, session.Version));
    }

    [Theory]
    [InlineData("of the token", "of the ID token", "of the token")]
    [InlineData(null, "of the ID token", "of the ID token")]
    public void Session_IsCalled_AsItsTokensSay(string? inToken, string? inIdToken, string name) =>
        Assert.Equal(name, Begun(TokenOf("ann", inToken, TimeSpan.FromMinutes(10)), sessionId: inIdToken).Login.SessionId);

    [Fact]
    public void Session_ThatNobodyNames_HasANameOfItsOwn()
    {
        var login = TokenOf("ann", session: null, TimeSpan.FromMinutes(10));

        Assert.NotEqual(Begun(login).Login.SessionId, Begun(login).Login.SessionId);
    }

    [Theory]
    [InlineData(true, 10, 720)]
    [InlineData(false, 10, 10)]
    [InlineData(false, 1000, 720)]
    public void Session_LastsAsLongAsItMay_AndWithoutARefreshToken_NotLongerThanItsAccessToken(bool canRenew, int tokenMinutes, int minutes)
    {
        var session = Begun(TokenOf("ann", "s1", TimeSpan.FromMinutes(tokenMinutes)), canRenew ? "refresh" : null);

        Assert.Equal(Now.AddMinutes(minutes), session.EndsAt);
        Assert.Equal(canRenew, session.RefreshToken is not null);
    }

    [Theory]
    [InlineData(600, 540)]
    [InlineData(120, 60)]
    [InlineData(100, 50)]
    public void Token_IsRenewedBeforeItsEnd_AndAfterHalfOfItsLife(int seconds, int renewAfter) =>
        Assert.Equal(Now.AddSeconds(renewAfter), Begun(TokenOf("ann", "s1", TimeSpan.FromSeconds(seconds))).RenewAt);

    [Fact]
    public void Renewed_ItIsTheSameSession_WithANewerToken_AndItsFirstTokensAge()
    {
        var session = Begun(TokenOf("ann", "s1", TimeSpan.FromMinutes(10)));
        var later = Now.AddMinutes(9);
        var newer = session.With(new SessionTokens("newer", "refresh 2", IdToken: null), TokenOf("ann", "s2", TimeSpan.FromMinutes(20), later), Options, later);

        Assert.Equal((session.Key, session.EndsAt, "s1", Now), (newer.Key, newer.EndsAt, newer.Login.SessionId, newer.Login.IssuedAt));
        Assert.Equal(("newer", "refresh 2", null), (newer.AccessToken, newer.RefreshToken, newer.IdToken));
        Assert.Equal((later, later.AddMinutes(20), later.AddMinutes(19), 1), (newer.NewestTokenIssuedAt, newer.Login.ExpiresAt, newer.RenewAt, newer.Version));
        Assert.Equal(("access", Now.AddMinutes(10), 0), (session.AccessToken, session.Login.ExpiresAt, session.Version));
    }

    [Theory]
    [InlineData("its own", "its own")]
    [InlineData(null, "s1")]
    public void Request_IsOfTheSession_WhateverItsTokenCallsIt(string? inToken, string sessionId)
    {
        var token = new ClaimsIdentity([new Claim("exp", "1800000600"), .. inToken is null ? Array.Empty<Claim>() : [new Claim("sid", inToken)]], "token");

        var login = Login.Of(Begun(TokenOf("ann", "s1", TimeSpan.FromMinutes(10))).Complete(new ClaimsPrincipal(token)))!;

        Assert.Equal(("key", sessionId), (login.Session, login.SessionId));
    }

    private static Login TokenOf(string user, string? session, TimeSpan life, DateTimeOffset? issued = null) =>
        new() { Issuer = "https://id.example", User = user, SessionId = session, IssuedAt = issued ?? Now, ExpiresAt = (issued ?? Now) + life };

    private static Session Begun(Login login, string? refreshToken = "refresh", string? sessionId = null)
    {
        var properties = new AuthenticationProperties();
        var principal = Session.Begin(properties, new SessionTokens("access", refreshToken, "id"), login, sessionId, Options, Now);
        return new Session("key", new AuthenticationTicket(principal, properties, SessionSchemes.Cookie));
    }
}
