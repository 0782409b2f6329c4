using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using YarpWs.Gateway.Access.Logins.External;
using YarpWs.Gateway.Setup;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Tests.Access.Logins.External;

/// <summary>The tokens that stand for logins behind the gateway.</summary>
public sealed class LoginTokensTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("yarpws-tokens-").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Token_IsTheSame_UntilHalfOfItsTimeIsOver()
    {
        var tokens = Create(NewKey("a.json"));
        var login = LoginOf(new CheckedPerson { User = "ann" });
        var first = tokens.Of(login);

        _time.Advance(TimeSpan.FromSeconds(149));
        Assert.Equal(first, tokens.Of(login));

        _time.Advance(TimeSpan.FromSeconds(2));
        var second = new JsonWebToken(tokens.Of(login));
        Assert.Equal(_time.GetUtcNow().AddMinutes(5).UtcDateTime, second.ValidTo);
    }

    [Fact]
    public void Token_EndsWithTheLogin()
    {
        var until = _time.GetUtcNow().AddMinutes(1);

        var token = new JsonWebToken(Create(NewKey("a.json")).Of(LoginOf(new CheckedPerson { User = "ann", Until = until })));

        Assert.Equal(until.UtcDateTime, token.ValidTo);
    }

    [Fact]
    public void Token_SaysWhenThePersonLoggedIn_IfTheCheckDoes()
    {
        var tokens = Create(NewKey("a.json"));
        var since = _time.GetUtcNow().AddHours(-1);

        var told = new JsonWebToken(tokens.Of(LoginOf(new CheckedPerson { User = "ann", Since = since })));
        var untold = new JsonWebToken(tokens.Of(LoginOf(new CheckedPerson { User = "ann" })));

        Assert.Equal(since.ToUnixTimeSeconds(), told.GetPayloadValue<long>("auth_time"));
        Assert.False(untold.TryGetClaim("auth_time", out _));
    }

    [Fact]
    public void FirstKey_Signs_AndAllArePublished()
    {
        var tokens = Create(NewKey("new.json"), NewKey("old.json"));

        var token = new JsonWebToken(tokens.Of(LoginOf(new CheckedPerson { User = "ann" })));

        var published = System.Text.Json.JsonSerializer.Serialize(new { keys = tokens.PublicKeys });
        var keys = new Microsoft.IdentityModel.Tokens.JsonWebKeySet(published).Keys;
        Assert.Equal(2, keys.Count);
        Assert.Equal(keys[0].Kid, token.Kid);
        Assert.DoesNotContain(keys, key => key.HasPrivateKey);
    }

    [Theory]
    [InlineData("public")]
    [InlineData("shared")]
    public void File_WithoutAKeyPair_IsRefused(string kind)
    {
        var file = Path.Combine(_folder, "key.json");
        var other = SigningKeyFile.Write(file, kind == "public" ? SigningAlgorithm.ES256 : SigningAlgorithm.HS256);

        var refused = Assert.Throws<InvalidSettingException>(() => Create(other));

        Assert.Equal("LoginTokens:KeyFiles:0", refused.Key);
    }

    [Fact]
    public void PemKey_GetsANameOfItsOwn()
    {
        var file = Path.Combine(_folder, "key.pem");
        using (var rsa = System.Security.Cryptography.RSA.Create(2048))
        {
            File.WriteAllText(file, rsa.ExportPkcs8PrivateKeyPem());
        }

        var tokens = Create(file);

        var token = new JsonWebToken(tokens.Of(LoginOf(new CheckedPerson { User = "ann" })));
        Assert.Equal(("RS256", true), (token.Alg, token.Kid.Length > 20));
    }

    private string NewKey(string name)
    {
        var file = Path.Combine(_folder, name);
        SigningKeyFile.Write(file, SigningAlgorithm.ES256);
        return file;
    }

    private LoginTokens Create(params string[] files) => new(Options.Create(new LoginTokenOptions { KeyFiles = files }), _folder, _time);

    private CheckedLogin LoginOf(CheckedPerson person) => new("site", "yarpws-gateway", RememberedLoginsTests.QuestionOf("ann"), person, _time.GetUtcNow(), _time.GetUtcNow().AddMinutes(5));
}
