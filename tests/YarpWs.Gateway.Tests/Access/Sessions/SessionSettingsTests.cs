using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Tests.Access.Sessions;

/// <summary>Settings by which nobody could log in, or anybody could act for who has, are refused with the key and what to do.</summary>
public sealed class SessionSettingsTests : IDisposable
{
    private const string Secret = "the-secret-of-the-client";

    private static readonly (string Key, string? Value)[] Good =
    [
        ("Authentication:Schemes:Bearer:Authority", "https://login.example"),
        ("Redis:Configuration", "127.0.0.1:1"),
        ("Sessions:ClientId", "gateway"),
        ("Sessions:ClientSecret", Secret),
        ("Authorization:Policies:people:NavigationsLogIn", "true"),
    ];

    private readonly string _directory = Directory.CreateTempSubdirectory("yarpws-sessions-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Settings_ThatWork_AreTaken() => await GatewayHost.Build(TestGateway.SettingsFile, TestGateway.Overlay(Good)).DisposeAsync();

    [Theory]
    [InlineData("Redis:Configuration", "", "Sessions:ClientId: sessions are kept in Redis, and there is none; set Redis:Configuration")]
    [InlineData("Sessions:ClientId", "", "Authorization:Policies:people:NavigationsLogIn: nobody can log in here; expected Sessions with a ClientId")]
    [InlineData("Sessions:ClientSecret", "", "Sessions:ClientSecretFile: no secret for the client")]
    [InlineData("Sessions:ClientSecretFile", "missing.txt", "Sessions:ClientSecretFile: ")]
    [InlineData("Sessions:Scheme", "Nope", "Sessions:Scheme: 'Nope' is no scheme with an issuer")]
    [InlineData("Authentication:Schemes:Bearer:Authority", "", "Sessions:Scheme: 'Bearer' is no scheme with an issuer")]
    [InlineData("Sessions:Scopes:0", "profile", "Sessions:Scopes: without openid")]
    [InlineData("Sessions:Cookie", "a b", "Sessions:Cookie: out of bounds; expected text that matches")]
    [InlineData("Sessions:Lifetime", "00:01:00", "Sessions:Lifetime: out of bounds; expected 00:05:00 to 30.00:00:00")]
    [InlineData("Sessions:Lifetime", "30.00:00:00", "Sessions:Lifetime: longer than Revocations:MaxTokenLifetime")]
    [InlineData("Sessions:RenewBefore", "00:00:01", "Sessions:RenewBefore: out of bounds; expected 00:00:10 to 01:00:00")]
    [InlineData("Sessions:AfterLogout", "https://evil.example", "Sessions:AfterLogout: out of bounds; expected text that matches")]
    [InlineData("Sessions:AfterLogout", "//evil.example", "Sessions:AfterLogout: out of bounds; expected text that matches")]
    [InlineData("Access:Path", "", "Access:Path: empty, and people log in here")]
    [InlineData("Origins:Allowed:0", "*", "Origins:Allowed: '*' lets any page act for a person who has logged in here")]
    [InlineData("Sessions:Nonsense", "x", "Sessions:Nonsense")]
    public void Settings_ThatDoNotWork_AreRefused_WithoutTheSecret(string key, string value, string complaint)
    {
        var line = Refusal([.. Good, ("Revocations:MaxTokenLifetime", "29.00:00:00"), (key, value)]);

        Assert.Contains(complaint, line, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, line, StringComparison.Ordinal);
    }

    [Fact]
    public void PolicyThatDoesNotTakeTheTokensOfThoseWhoLogIn_IsRefused()
    {
        var line = Refusal(
            [.. Good, ("Authentication:Schemes:Other:Authority", "https://other.example"), ("Authentication:Schemes:Other:ValidAudiences:0", "yarpws"), ("Authorization:Policies:people:Schemes:0", "Other")]);

        Assert.Contains("Authorization:Policies:people:Schemes: without Bearer", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secret_MayStandInAFile()
    {
        var file = Path.Combine(_directory, "secret");
        await File.WriteAllTextAsync(file, Secret + "\n", TestContext.Current.CancellationToken);

        await GatewayHost.Build(TestGateway.SettingsFile, TestGateway.Overlay([.. Good, ("Sessions:ClientSecret", ""), ("Sessions:ClientSecretFile", file)])).DisposeAsync();
    }

    private static string Refusal(IEnumerable<(string Key, string? Value)> settings)
    {
        var exception = Record.Exception(() => GatewayHost.Build(TestGateway.SettingsFile, TestGateway.Overlay([.. settings])));

        Assert.NotNull(exception);
        return StartupFailure.Describe(exception, configuration: null)!;
    }
}
