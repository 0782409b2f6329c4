using Xunit;

namespace YarpWs.Backend.Tests.Settings;

public sealed class UnknownKeysTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("yarpws-settings-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("Connections:MaxMesageBytes", "MaxMessageBytes")]
    [InlineData("Redis:keyprefx", "KeyPrefix")]
    [InlineData("Kestrel:Endpoints:Http:Ulr", "Url")]
    [InlineData("Authentication:Schemes:Bearer:Audience", "ValidAudience")]
    public async Task MisspeltKey_IsRefused_AndTheRightOneSuggested(string key, string meant)
    {
        var line = await BackendSettings.CheckAsync((key, "1"));

        Assert.StartsWith(key + ": ", line, StringComparison.Ordinal);
        Assert.Contains($"'{meant}'", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_LikeNoOther_IsRefused_AndThoseThatThereAreListed()
    {
        var line = await BackendSettings.CheckAsync(("Groups:Something", "1"));

        Assert.StartsWith("Groups:Something: ", line, StringComparison.Ordinal);
        Assert.Contains("AuditInterval", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_AreReadInAnyCase() => Assert.Null(await BackendSettings.CheckAsync(("streams:MAXMESSAGES", "5")));

    [Fact]
    public async Task SectionOfAnotherProgram_IsRefusedInAFile_ButNotInTheEnvironment()
    {
        var file = Write("""{ "Conections": { "MaxConnections": 5 } }""");

        Assert.StartsWith($"{file}:1:3: error: Conections: no such setting; did you mean 'Connections'?", await BackendSettings.CheckAsync(file), StringComparison.Ordinal);
        Assert.Null(await BackendSettings.CheckAsync(("Conections:MaxConnections", "5")));
    }

    [Fact]
    public async Task FileThatIsNotThere_IsNamed()
    {
        var file = Path.Combine(_folder, "missing.json");

        Assert.StartsWith(file + ": ", await BackendSettings.CheckAsync(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileThatIsNotJson_IsNamed_AndWhereItIsWrong()
    {
        var file = Write("{\n  \"Node\": {\n    Name: 1 }\n}");

        Assert.StartsWith($"{file}:3:5: error: this is not JSON: ", await BackendSettings.CheckAsync(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task KeyFileThatIsNotThere_IsRefusedByItsKey_AndNamed()
    {
        var line = await BackendSettings.CheckAsync(("Authentication:Schemes:Bearer:SigningKeyFiles:0", "missing.pem"));

        Assert.StartsWith("Authentication:Schemes:Bearer:SigningKeyFiles:0: ", line, StringComparison.Ordinal);
        Assert.Contains("missing.pem", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("{}")]
    [InlineData("""{ "keys": 5 }""")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public async Task KeyFileThatHoldsNoKey_IsRefusedByItsKey(string text)
    {
        var line = await BackendSettings.CheckAsync(("Authentication:Schemes:Bearer:SigningKeyFiles:0", Write(text)));

        Assert.StartsWith("Authentication:Schemes:Bearer:SigningKeyFiles:0: ", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("c2hvcnQ=")]
    [InlineData("not base64, but a secret")]
    [InlineData("")]
    public async Task SigningKeyThatIsNone_IsRefusedByItsKey_AndNotShown(string value)
    {
        var line = await BackendSettings.CheckAsync(("Authentication:Schemes:Bearer:SigningKeys:0:Value", value));

        Assert.StartsWith("Authentication:Schemes:Bearer:SigningKeys:0:Value: ", line, StringComparison.Ordinal);
        Assert.True(value.Length == 0 || !line!.Contains(value, StringComparison.Ordinal), line);
    }

    [Fact]
    public async Task SchemeWithoutAnAudience_IsRefused()
    {
        var line = await BackendSettings.CheckAsync(("Authentication:Schemes:Bearer:ValidAudiences:0", ""));

        Assert.StartsWith("Authentication:Schemes:Bearer:ValidAudiences: ", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoSchemeAtAll_IsRefused() =>
        Assert.StartsWith("Authentication:Schemes: ", await BackendSettings.CheckAsync(Write("{}")), StringComparison.Ordinal);

    private string Write(string text)
    {
        var file = Path.Combine(_folder, "settings.json");
        File.WriteAllText(file, text);
        return file;
    }
}
