using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using YarpWs.Gateway.Access;

namespace YarpWs.Gateway.Tests.Access;

public sealed class CheckedTokensTests
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly CountingHandler _handler = new();
    private readonly CheckedTokens _tokens;

    public CheckedTokensTests() => _tokens = new CheckedTokens(_handler, _time);

    private static TokenValidationParameters Parameters(BaseConfigurationManager? issuer = null) => new()
    {
        ValidateIssuer = false,
        ValidAudience = "yarpws",
        IssuerSigningKey = issuer is null ? new SymmetricSecurityKey(Tokens.Key) : null,
        NameClaimType = "sub",
        ConfigurationManager = issuer,
    };

    [Fact]
    public async Task GoodToken_IsCheckedOnce_AndSaysTheSameTwice()
    {
        var token = Tokens.For("ann", role: "sender", issuer: "https://issuer.example");

        var first = await _tokens.ValidateTokenAsync(token, Parameters());
        var second = await _tokens.ValidateTokenAsync(token, Parameters());

        Assert.Equal(1, _handler.Checks);
        Assert.True(second.IsValid);
        Assert.Equal("ann", second.ClaimsIdentity.Name);
        Assert.True(second.ClaimsIdentity.IsAuthenticated);
        Assert.Equal(
            first.ClaimsIdentity.Claims.Select(claim => (claim.Type, claim.Value, claim.ValueType, claim.Issuer)),
            second.ClaimsIdentity.Claims.Select(claim => (claim.Type, claim.Value, claim.ValueType, claim.Issuer)));
        Assert.Equal(first.SecurityToken.ValidTo, second.SecurityToken.ValidTo);
        Assert.Equal("https://issuer.example", second.SecurityToken.Issuer);
        Assert.Same(first.SecurityToken.SigningKey, second.SecurityToken.SigningKey);
    }

    [Fact]
    public async Task Token_IsNotKept()
    {
        var token = Tokens.For("ann");

        await _tokens.ValidateTokenAsync(token, Parameters());
        var remembered = await _tokens.ValidateTokenAsync(token, Parameters());

        Assert.IsNotType<JsonWebToken>(remembered.SecurityToken);
        Assert.Null(remembered.ClaimsIdentity.BootstrapContext);
        Assert.Null(Assert.IsType<CaseSensitiveClaimsIdentity>(remembered.ClaimsIdentity).SecurityToken);
    }

    [Fact]
    public async Task Token_IsForgotten_WhenItExpires()
    {
        var token = Tokens.For("ann", expiresIn: TimeSpan.FromMinutes(5));
        await _tokens.ValidateTokenAsync(token, Parameters());

        _time.Advance(TimeSpan.FromMinutes(5));
        await _tokens.ValidateTokenAsync(token, Parameters());

        Assert.Equal(2, _handler.Checks);
    }

    [Fact]
    public async Task ExpiredToken_WithinTheClockSkew_IsCheckedEachTime()
    {
        var token = Tokens.For("ann", expiresIn: TimeSpan.FromSeconds(-5));

        Assert.True((await _tokens.ValidateTokenAsync(token, Parameters())).IsValid);
        Assert.True((await _tokens.ValidateTokenAsync(token, Parameters())).IsValid);

        Assert.Equal(2, _handler.Checks);
    }

    [Fact]
    public async Task RefusedToken_IsCheckedEachTime()
    {
        var token = Tokens.For("ann", audience: "another");

        Assert.False((await _tokens.ValidateTokenAsync(token, Parameters())).IsValid);
        Assert.False((await _tokens.ValidateTokenAsync(token, Parameters())).IsValid);

        Assert.Equal(2, _handler.Checks);
        Assert.Equal(0, _tokens.Count);
    }

    [Fact]
    public async Task Token_WithAnotherSignature_IsAnotherToken()
    {
        var token = Tokens.For("ann");
        await _tokens.ValidateTokenAsync(token, Parameters());

        var forged = token[..token.LastIndexOf('.')] + Tokens.For("ben")[Tokens.For("ben").LastIndexOf('.')..];

        Assert.False((await _tokens.ValidateTokenAsync(forged, Parameters())).IsValid);
    }

    [Fact]
    public async Task Token_OfAKeyThatIsReplaced_IsRefused()
    {
        var issuer = new Issuer(new SymmetricSecurityKey(Tokens.Key));
        var token = Tokens.For("ann");
        Assert.True((await _tokens.ValidateTokenAsync(token, Parameters(issuer))).IsValid);
        Assert.True((await _tokens.ValidateTokenAsync(token, Parameters(issuer))).IsValid);
        Assert.Equal(1, _handler.Checks);

        issuer.Publish(new SymmetricSecurityKey("the key that comes after, of 32 b"u8.ToArray()));

        Assert.False((await _tokens.ValidateTokenAsync(token, Parameters(issuer))).IsValid);
    }

    [Fact]
    public async Task Tokens_AreSoManyAtMost_AndThoseInUseStay()
    {
        var used = Tokens.For("ann");
        for (var i = 0; i < CheckedTokens.MaxTokens + 1000; i++)
        {
            await _tokens.ValidateTokenAsync(Tokens.For($"user{i}"), Parameters());
            await _tokens.ValidateTokenAsync(used, Parameters());
        }

        Assert.InRange(_tokens.Count, 1, CheckedTokens.MaxTokens);
        Assert.Equal(CheckedTokens.MaxTokens + 1000 + 1, _handler.Checks);
    }

    private sealed class CountingHandler : TokenHandler
    {
        private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };

        public int Checks { get; private set; }

        public override Task<TokenValidationResult> ValidateTokenAsync(string token, TokenValidationParameters validationParameters)
        {
            Checks++;
            return _handler.ValidateTokenAsync(token, validationParameters);
        }
    }

    /// <summary>Publishes one key.</summary>
    private sealed class Issuer : BaseConfigurationManager
    {
        private OpenIdConnectConfiguration _published = new();

        public Issuer(SecurityKey key)
        {
            UseLastKnownGoodConfiguration = false;
            Publish(key);
        }

        public void Publish(SecurityKey key)
        {
            _published = new OpenIdConnectConfiguration();
            _published.SigningKeys.Add(key);
        }

        public override Task<BaseConfiguration> GetBaseConfigurationAsync(CancellationToken cancel) =>
            Task.FromResult<BaseConfiguration>(_published);

        public override void RequestRefresh()
        {
        }
    }
}
