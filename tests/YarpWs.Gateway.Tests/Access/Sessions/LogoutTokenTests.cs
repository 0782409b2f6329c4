using System.Text.Json;
using YarpWs.Gateway.Access.Sessions;

namespace YarpWs.Gateway.Tests.Access.Sessions;

/// <summary>OpenID Connect Back-Channel Logout 1.0, section 2.6, for a token whose signature, issuer, audience and expiry are good.</summary>
public sealed class LogoutTokenTests
{
    private const string Logout = """{"http://schemas.openid.net/event/backchannel-logout":{}}""";

    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    [Fact]
    public void Token_IsTaken_WithAllThatItSays()
    {
        var (token, fault) = Read($$"""{"iss":"https://id.example","sub":"ann","sid":"s1","jti":"j1","iat":1800000000,"events":{{Logout}}}""");

        Assert.Null(fault);
        Assert.Equal(("https://id.example", "ann", "s1", Now), (token!.Issuer, token.User, token.SessionId, token.IssuedAt));
        Assert.Matches("^[0-9a-f]{64}$", token.Id);
    }

    [Fact]
    public void Name_IsOfItsIssuer()
    {
        string Id(string issuer, string name) => Read($$"""{"iss":"{{issuer}}","sub":"ann","jti":"{{name}}","iat":1800000000,"events":{{Logout}}}""").Token!.Id;

        Assert.Equal(Id("a", "1"), Id("a", "1"));
        Assert.NotEqual(Id("a", "1"), Id("b", "1"));
        Assert.NotEqual(Id("a", "1"), Id("a", "2"));
    }

    [Theory]
    [InlineData("", "ann", "neither a user (sub) nor a session (sid)", false)]
    [InlineData("s1", "", null, true)]
    [InlineData("", "ann", null, true)]
    public void Token_NamesAUser_OrASession(string session, string user, string? fault, bool hasName) =>
        Assert.Equal(fault, Read($$"""{"iss":"a","{{(hasName ? "sub" : "subject")}}":"{{user}}","sid":"{{session}}","jti":"1","iat":1800000000,"events":{{Logout}}}""").Fault);

    [Theory]
    [InlineData(30, null)]
    [InlineData(31, "issued in the future (iat)")]
    [InlineData(-330, null)]
    [InlineData(-331, "issued too long ago (iat)")]
    public void Token_IsOfNow(int seconds, string? fault) =>
        Assert.Equal(fault, Read($$"""{"iss":"a","sub":"ann","jti":"1","iat":{{1_800_000_000 + seconds}},"events":{{Logout}}}""").Fault);

    [Theory]
    [InlineData(1000, null)]
    [InlineData(1001, "sub or sid too long")]
    public void Names_AreBounded(int length, string? fault)
    {
        var name = new string('x', length);

        Assert.Equal(fault, Read($$"""{"iss":"a","sub":"{{name}}","jti":"1","iat":1800000000,"events":{{Logout}}}""").Fault);
        Assert.Equal(fault, Read($$"""{"iss":"a","sub":"ann","sid":"{{name}}","jti":"1","iat":1800000000,"events":{{Logout}}}""").Fault);
    }

    [Theory]
    [InlineData("""{"iss":"a","sub":"ann","jti":"1","events":LOGOUT}""", "no time of issue (iat)")]
    [InlineData("""{"iss":"a","sub":"ann","jti":"1","iat":"1800000000","events":LOGOUT}""", "no time of issue (iat)")]
    [InlineData("""{"iss":"a","sub":"ann","jti":"1","iat":1800000000}""", "no logout among its events")]
    [InlineData("""{"iss":"a","sub":"ann","jti":"1","iat":1800000000,"events":"http://schemas.openid.net/event/backchannel-logout"}""", "no logout among its events")]
    [InlineData("""{"iss":"a","sub":"ann","jti":"1","iat":1800000000,"events":{"another":{}}}""", "no logout among its events")]
    [InlineData("""{"iss":"a","sub":"ann","jti":"1","iat":1800000000,"events":{"http://schemas.openid.net/event/backchannel-logout":true}}""", "no logout among its events")]
    [InlineData("""{"iss":"a","sub":"ann","jti":"1","iat":1800000000,"nonce":"n","events":LOGOUT}""", "a nonce, as ID tokens have it")]
    [InlineData("""{"iss":"a","sub":"ann","iat":1800000000,"events":LOGOUT}""", "no name (jti)")]
    [InlineData("""{"iss":"a","sub":"ann","jti":"","iat":1800000000,"events":LOGOUT}""", "no name (jti)")]
    [InlineData("""{"sub":"ann","jti":"1","iat":1800000000,"events":LOGOUT}""", "no name (jti)")]
    public void Token_ThatIsNone_IsRefused_WithItsReason(string payload, string fault)
    {
        var (token, reason) = Read(payload.Replace("LOGOUT", Logout, StringComparison.Ordinal));

        Assert.Null(token);
        Assert.Equal(fault, reason);
    }

    private static (LogoutToken? Token, string? Fault) Read(string payload)
    {
        using var json = JsonDocument.Parse(payload);
        return LogoutToken.Read(json.RootElement, Now);
    }
}
