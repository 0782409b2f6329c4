using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
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
    public async Task DirectoryInPlaceOfTheFile_IsCalledOne() =>
        Assert.Equal($"{_folder}: is a directory; expected a JSON file with settings.", await BackendSettings.CheckAsync(_folder));

    [Theory]
    [InlineData("utf-16", ":1:1: error: the file is UTF-16; save it as UTF-8.")]
    [InlineData("iso-8859-1", ":1:15: error: the byte 0xFC is no UTF-8; save the file as UTF-8.")]
    public async Task FileInAnotherEncoding_IsCalledSo(string encoding, string expected)
    {
        var file = Path.Combine(_folder, "settings.json");
        await File.WriteAllBytesAsync(file, Encoding.GetEncoding(encoding).GetBytes("{ \"Streams\": \"\u00fc\" }"), Deadline.Token());

        Assert.Equal(file + expected, await BackendSettings.CheckAsync(file));
    }

    [Theory]
    [InlineData("""{ "Streams": 5 }""", ":1:14: error: Streams: is one value; write an object: ")]
    [InlineData("""{ "Connections": { "MaxConnections": [ 5 ] } }""", ":1:38: error: Connections:MaxConnections: is a list; write one value, such as \"MaxConnections\": 1.")]
    [InlineData("""{ "Authentication": { "Schemes": { "Bearer": { "ValidAudiences": "rooms" } } } }""", ":1:66: error: Authentication:Schemes:Bearer:ValidAudiences: is one value and would be ignored; write a list: ")]
    public async Task ValueOfAnotherKind_IsRefused(string settings, string expected)
    {
        var file = Write(settings);

        Assert.StartsWith(file + expected, await BackendSettings.CheckAsync(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task VariableOfAnotherProgram_ThatIsCalledLikeASection_IsPassedOver() => Assert.Null(await BackendSettings.CheckAsync(("Redis", "localhost")));

    [Theory]
    [InlineData("""{ "kty": "oct", "k": "c2hvcnQ" }""")]
    [InlineData("""{ "keys": [ { "kty": "oct", "k": "c2hvcnQ" } ] }""")]
    public async Task SharedKeyInAFile_ThatIsTooShort_IsRefused(string text)
    {
        var line = await BackendSettings.CheckAsync(("Authentication:Schemes:Bearer:SigningKeyFiles:0", Write(text)));

        Assert.EndsWith("holds a shared key that is too short to check a token with; expected at least 16 bytes (yarpws key makes one).", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_MakesNoKeysOfDataProtection()
    {
        await using var app = BackendHost.Build(null, BackendSettings.With());

        Assert.DoesNotContain(app.Services.GetServices<IHostedService>(), service => service.GetType().Assembly == typeof(DataProtectionServiceCollectionExtensions).Assembly);
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
