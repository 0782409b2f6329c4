using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;
using YarpWs.Gateway.Access.Logins.External;
using YarpWs.Gateway.Setup;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Tests.Access.Logins.External;

/// <summary>Settings of external checks that a start refuses, each by the key that is wrong.</summary>
public sealed class CheckSettingsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("yarpws-checks-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Check_WithAllThatItNeeds_IsGood() => await GatewayHost.Build(TestGateway.SettingsFile, Settings()).DisposeAsync();

    /// <summary>Who answers refusals is one for all; the sessions' own must not take the place of the check's.</summary>
    [Fact]
    public async Task Check_BesideSessions_AnswersItsRefusalsItself()
    {
        var settings = Settings();
        settings["Sessions:ClientId"] = "gateway";
        settings["Sessions:ClientSecret"] = "a secret of the client's and of nobody else";
        settings["Redis:Configuration"] = "127.0.0.1:1";
        settings["Authentication:Schemes:Bearer:Authority"] = "https://login.example/";

        await using var app = GatewayHost.Build(TestGateway.SettingsFile, settings);

        Assert.IsType<CheckRefusal>(app.Services.GetRequiredService<IAuthorizationMiddlewareResultHandler>());
    }

    [Theory]
    [InlineData("Authorization:Policies:people:NavigationsLogIn", "true")]
    [InlineData("Authentication:Checks:site:Cluster", "")]
    [InlineData("Authentication:Checks:site:Path", "")]
    [InlineData("Authentication:Checks:site:Path", "check")]
    [InlineData("Authentication:Checks:site:Cookies:0", null, "Authentication:Checks:site:Cookies")]
    [InlineData("Authentication:Checks:site:Remember", "00:00:00")]
    [InlineData("Authentication:Checks:site:Headers:0", "X-Original-URI")]
    [InlineData("Authentication:Checks:site:Headers:0", "x-forwarded-host")]
    [InlineData("Authentication:Checks:site:Headers:0", "Sec-WebSocket-Key")]
    [InlineData("Authentication:Checks:site:Headers:0", "no header")]
    [InlineData("Authentication:Checks:site:Cookies:0", "no=cookie")]
    [InlineData("Authentication:Checks:site:MaxAnswerBytes", "1")]
    [InlineData("Authentication:Checks:Bearer:Path", "/check", "Authentication:Checks:Bearer")]
    [InlineData("Authorization:Policies:people:Check", "sit")]
    [InlineData("LoginTokens:KeyFiles:0", null, "LoginTokens:KeyFiles")]
    [InlineData("LoginTokens:KeyFiles:0", "missing.json")]
    [InlineData("ReverseProxy:Routes:ws:Metadata:Logins.PassCookie", "true")]
    [InlineData("Authentication:Checks:site:Cluster", "sit")]
    public void WrongSetting_IsNamed(string key, string? value, string? named = null)
    {
        var settings = Settings();
        settings[key] = value;
        if (value is null)
        {
            settings.Remove(key);
        }

        var refused = Assert.ThrowsAny<Exception>(() => GatewayHost.Build(TestGateway.SettingsFile, settings));

        var keys = refused switch
        {
            InvalidSettingException one => [one.Key],
            RefusedSettingsException several => several.Diagnostics.Select(diagnostic => diagnostic.Key),
            _ => [refused.Message],
        };
        Assert.Contains(named ?? key, keys);
    }

    private Dictionary<string, string?> Settings()
    {
        var key = Path.Combine(_folder, "login.json");
        if (!File.Exists(key))
        {
            SigningKeyFile.Write(key, SigningAlgorithm.ES256);
        }

        return TestGateway.Overlay(
            ("LoginTokens:KeyFiles:0", key),
            ("Authentication:Checks:site:Cluster", "backend"),
            ("Authentication:Checks:site:Path", "/auth/check"),
            ("Authentication:Checks:site:Cookies:0", "sessionid"),
            ("Authorization:Policies:people:Check", "site"),
            ("ReverseProxy:Routes:ws:AuthorizationPolicy", "people"));
    }
}
