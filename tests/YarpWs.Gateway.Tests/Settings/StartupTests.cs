using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Tests.Settings;

public sealed class StartupTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("yarpws-settings-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static string Refusal(string? file, params (string Key, string? Value)[] settings)
    {
        var exception = Record.Exception(() => GatewayHost.Build(file, TestGateway.Overlay(settings)));

        Assert.NotNull(exception);
        var line = StartupFailure.Describe(exception, configuration: null);
        Assert.NotNull(line);
        Assert.DoesNotContain('\n', line);
        return line;
    }

    private string Edited(string from, string to)
    {
        var file = Path.Combine(_directory, "gateway.json");
        var shipped = File.ReadAllText(TestGateway.SettingsFile);
        Assert.Contains(from, shipped, StringComparison.Ordinal);
        File.WriteAllText(file, shipped.Replace(from, to, StringComparison.Ordinal));
        return file;
    }

    [Fact]
    public async Task ShippedSettings_AreGood() => await GatewayHost.Build(TestGateway.SettingsFile, TestGateway.Overlay()).DisposeAsync();

    [Theory]
    [InlineData("Kestrel:Endpoints:Http:Url", "http://127.0.0.1:abc", "port from 0 to 65535")]
    [InlineData("Kestrel:Endpoints:Http:Url", "http://127.0.0.1:99999", "port from 0 to 65535")]
    [InlineData("Kestrel:Endpoints:Http:Protocols", "Http9", "expected Http1")]
    [InlineData("Kestrel:Endpoints:Http:Certificate:Path", "missing.pem", "does not exist")]
    [InlineData("Admin:Url", "http://127.0.0.1:x", "port from 0 to 65535")]
    [InlineData("Admin:Url", "http://0.0.0.0:9900", "Admin:AllowRemote")]
    [InlineData("Forwarding:TrustedProxies:0", "10.0.0.0/99", "expected an address, or a network")]
    [InlineData("Forwarding:Headers", "Nope", "expected one of")]
    [InlineData("Sockets:IdleTimeout", "00:00:01", "expected 00:00:10 to 1.00:00:00")]
    [InlineData("Sockets:IdleTimeout", "soon", "hours:minutes:seconds")]
    [InlineData("Sockets:HandshakeAttempts", "0", "expected 1 to 100")]
    [InlineData("Redis:Configuration", "127.0.0.1:6379,nonsense=1", "Keyword 'nonsense' is not supported")]
    [InlineData("Redis:Configuration", "127.0.0.1:6379,defaultDatabase=3", "use database 0 and Redis:KeyPrefix")]
    [InlineData("Redis:KeyPrefix", "a:b", "text that matches")]
    [InlineData("Access:Path", "auth", "text that matches")]
    [InlineData("Access:CorsPolicy", "nope", "no policy 'nope'")]
    [InlineData("Access:TicketLifetime", "01:00:00", "expected 00:00:01 to 00:05:00")]
    [InlineData("Revocations:MaxTokenLifetime", "00:00:01", "expected 00:01:00 to 400.00:00:00")]
    [InlineData("Revocations:AdmitWhenUnknown", "perhaps", "true or false")]
    [InlineData("Edge:MaxConnections", "many", "a whole number")]
    [InlineData("Sockets:Limits", "Perhaps", "expected one of Enforce, Count")]
    [InlineData("Sockets:MaxSockets", "0", "expected 1 to 10000000")]
    [InlineData("Sockets:MaxSocketsPerUser", "10000001", "expected 1 to 10000000")]
    [InlineData("Sockets:MaxMessageBytes", "0", "expected 1 to 1073741824")]
    [InlineData("Sockets:BytesPerSecond", "10 burst 0", "a number per second from 0.01 to 1000000000, such as 50")]
    [InlineData("Sockets:OverRate", "Perhaps", "expected one of Delay, Close")]
    [InlineData("Sockets:HandshakesPerSecond", "0", "a number per second from 0.01 to 1000000000, such as 50")]
    [InlineData("Shutdown:Timeout", "00:00:00", "expected 00:00:01 to 01:00:00")]
    [InlineData("Authentication:Schemes:Bearer:SigningKeyFiles:0", "missing.pem", "does not exist")]
    [InlineData("Authentication:Schemes:Bearer:SigningKeys:0:Value", "c2hvcnQ=", "at least 16 bytes")]
    [InlineData("Authentication:Schemes:Bearer:Authority", "http://login.example", "'http://login.example' is not https")]
    [InlineData("Authentication:Schemes:Bearer:MetadataAddress", "http://login.example/x", "'http://login.example/x' is not https")]
    [InlineData("Authentication:Schemes:Bearer:Authority", "ftp://login.example", "'ftp://login.example' is no address")]
    [InlineData("Authentication:Schemes:Bearer:BackchannelTimeout", "00:00:00.5", "'00:00:00.5000000' is out of bounds; expected 00:00:01 to 00:05:00.")]
    [InlineData("Authentication:Schemes:Bearer:AutomaticRefreshInterval", "2.00:00:00", "expected 00:00:01 to 1.00:00:00.")]
    [InlineData("Cors:Policies:a:Origins:0", "https://app.example.com/", "expected https://app.example.com.")]
    [InlineData("Cors:Policies:a:Origins:0", "app.example.com", "expected https://app.example.com.")]
    [InlineData("Cors:Policies:a:Origins:0", "https://App.example.com:443", "expected https://app.example.com.")]
    [InlineData("Cors:Policies:a:Origins:0", "https://*.example.com/", "expected https://*.example.com.")]
    [InlineData("Cors:Policies:a:Origins:0", "https://b\u00fccher.example", "expected https://xn--bcher-kva.example.")]
    [InlineData("Cors:Policies:a:Origins:0", "https://app*.example.com", "expected one such as https://app.example.com, https://*.example.com or *.")]
    [InlineData("Origins:Allowed:0", "https://app.example.com/", "expected https://app.example.com.")]
    [InlineData("Authorization:Policies:a:Schemes:0", "Nope", "no scheme 'Nope'")]
    [InlineData("ReverseProxy:Routes:ws:AuthorizationPolicy", "nope", "no policy 'nope'")]
    [InlineData("ReverseProxy:Routes:ws:ClusterId", "nope", "no cluster 'nope'")]
    [InlineData("ReverseProxy:Routes:ws:CorsPolicy", "nope", "no policy 'nope'")]
    [InlineData("ReverseProxy:Clusters:backend:Destinations:a:Address", "nope", "write \"http://nope\"")]
    [InlineData("ReverseProxy:Routes:ws:Metadata:Sockets.PingInterval", "00:00:00.1", "'00:00:00.1' is out of bounds; expected 00:00:00.5")]
    [InlineData("ReverseProxy:Routes:ws:Metadata:Sockets.PingInterval", "soon", "'soon' cannot be read; expected a time as hours:minutes:seconds.")]
    [InlineData("ReverseProxy:Routes:ws:Metadata:Sockets.HandshakesPerSecond", "5 at once", "'5 at once' cannot be read; expected a number per second")]
    [InlineData("ReverseProxy:Routes:ws:Metadata:Sockets.PongInterval", "00:00:10", "no such setting; expected one of Sockets.BackendTimeout, ")]
    [InlineData("ReverseProxy:Clusters:backend:Metadata:Balancing.HashBy", "room", "'room' is out of bounds; expected text that matches")]
    [InlineData("ReverseProxy:Clusters:backend:Metadata:Balancing.HashKey", "path", "no such setting; expected one of Balancing.Attempts, ")]
    [InlineData("ReverseProxy:Clusters:backend:Destinations:a:Metadata:Balancing.Weight", "-1", "'-1' is out of bounds; expected 0.01 to 1000.")]
    [InlineData("Sockets:IdelTimeout", "00:01:00", "did you mean 'IdleTimeout'?")]
    public void Setting_ThatIsWrong_IsNamedByItsKey(string key, string value, string expected)
    {
        var line = Refusal(TestGateway.SettingsFile, (key, value));

        Assert.StartsWith(key + ": ", line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"Sockets\": {", "\"Sokcets\": {", ": error: Sokcets: no such setting; did you mean 'Sockets'?")]
    [InlineData("\"Match\": { \"Path\": \"/\" }", "\"Mach\": { \"Path\": \"/\" }", ":77: error: ReverseProxy:Routes:home:Mach: no such setting; did you mean 'Match'?")]
    [InlineData("\"ValidAudiences\"", "\"ValidAudience5\"", ": error: Authentication:Schemes:Bearer:ValidAudience5: no such setting; did you mean 'ValidAudience")]
    public void Key_ThatIsMisspelt_IsNamed_WithTheNearestRightOne(string from, string to, string expected) =>
        Assert.Contains(expected, Refusal(Edited(from, to)), StringComparison.Ordinal);

    [Theory]
    [InlineData("none.json")]
    [InlineData("nowhere/none.json")]
    public void File_ThatIsNotThere_IsNamed(string file) => Assert.Contains("no such file", Refusal(Path.Combine(_directory, file)), StringComparison.Ordinal);

    [Fact]
    public void Directory_InPlaceOfTheFile_IsCalledOne() => Assert.Equal($"{_directory}: is a directory; expected a JSON file with settings.", Refusal(_directory));

    [Theory]
    [InlineData("utf-16", ":1:1: error: the file is UTF-16; save it as UTF-8.")]
    [InlineData("utf-16BE", ":1:1: error: the file is UTF-16; save it as UTF-8.")]
    [InlineData("iso-8859-1", ":1:12: error: the byte 0xFC is no UTF-8; save the file as UTF-8.")]
    public async Task File_InAnotherEncoding_IsCalledSo_WithAMarkAtItsBeginningOrWithout(string encoding, string expected)
    {
        var file = Path.Combine(_directory, "gateway.json");
        foreach (var mark in (byte[][])[Encoding.GetEncoding(encoding).GetPreamble(), []])
        {
            File.WriteAllBytes(file, [.. mark, .. Encoding.GetEncoding(encoding).GetBytes("{ \"Edge\": \"\u00fc\" }")]);

            Assert.Equal(file + expected, Refusal(file).Split('\n')[0]);
            var (code, output, _) = await Setup.CommandRun.RunAsync("check", file);
            Assert.Equal(1, code);
            Assert.StartsWith(file + expected, output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{ "Edge": 5 }""", ":1:11: error: Edge: is one value; write an object: \"Edge\": { … } with any of ")]
    [InlineData("""{ "Origins": [ "https://app.example.com" ] }""", ":1:14: error: Origins: is a list; write one object: \"Origins\": { … } with any of ")]
    [InlineData("""{ "Origins": { "Allowed": "https://app.example.com" } }""", ":1:27: error: Origins:Allowed: is one value and would be ignored; write a list: \"Allowed\": [ \"https://app.example.com\" ].")]
    [InlineData("""{ "Kestrel": { "Endpoints": { "Web": { "SslProtocols": "Tls13" } } } }""", ":1:56: error: Kestrel:Endpoints:Web:SslProtocols: is one value and would be ignored; write a list: ")]
    [InlineData("""{ "Edge": { "MaxConnections": [ 100 ] } }""", ":1:31: error: Edge:MaxConnections: is a list; write one value, such as \"MaxConnections\": 1.")]
    public void Value_OfAnotherKind_IsRefused_InEverySection(string settings, string expected)
    {
        var file = Path.Combine(_directory, "gateway.json");
        File.WriteAllText(file, settings);

        var exception = Record.Exception(() => GatewayHost.Build(file));

        Assert.Contains(StartupFailure.Describe(exception!, configuration: null)!.Split('\n'), line => line.StartsWith(file + expected, StringComparison.Ordinal));
    }

    [Fact]
    public void List_ThatTheEnvironmentSaysAsOneValue_IsRefused_WithHowItSaysOne() => Assert.Equal(
        "Origins:Allowed: is one value and would be ignored; the environment has the first of a list as Origins__Allowed__0.",
        Refusal(TestGateway.SettingsFile, ("Origins:Allowed", "https://app.example.com")));

    [Fact]
    public async Task Variable_OfAnotherProgram_ThatIsCalledLikeASection_IsPassedOver() =>
        await GatewayHost.Build(TestGateway.SettingsFile, TestGateway.Overlay(("Redis", "localhost"), ("Tls", "1"))).DisposeAsync();

    [Fact]
    public void Key_ThatIsMissing_IsSaidWithThePlaceOfWhatItIsMissingIn()
    {
        var file = Edited("\"ValidAudiences\": [ \"yarpws\" ],", "");
        var exception = Record.Exception(() => GatewayHost.Build(file));

        Assert.Matches(@"gateway\.json:\d+:\d+: error: Authentication:Schemes:Bearer:ValidAudiences: empty; ", StartupFailure.Describe(exception!, configuration: null, file: file));
    }

    [Fact]
    public async Task Start_MakesNoKeysOfDataProtection()
    {
        await using var app = GatewayHost.Build(TestGateway.SettingsFile, TestGateway.Overlay());

        Assert.DoesNotContain(app.Services.GetServices<IHostedService>(), service => service.GetType().Assembly == typeof(DataProtectionServiceCollectionExtensions).Assembly);
    }

    [Fact]
    public void File_ThatIsNotJson_IsNamedWithTheLine() => Assert.Contains("gateway.json:9:15: error: this is not JSON: ", Refusal(Edited("\"Kestrel\": {", "\"Kestrel\": {{")), StringComparison.Ordinal);

    [Fact]
    public void Scheme_WithoutAnythingToCheckWith_IsRefused() => Assert.StartsWith(
        "Authentication:Schemes:Other: nothing to check tokens with",
        Refusal(TestGateway.SettingsFile, ("Authentication:Schemes:Other:ValidAudiences:0", "yarpws")),
        StringComparison.Ordinal);

    [Fact]
    public async Task Port_ThatIsInUse_IsNamedByItsKey()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await using var app = GatewayHost.Build(TestGateway.SettingsFile, TestGateway.Overlay(("Kestrel:Endpoints:Http:Url", $"http://127.0.0.1:{port}")));

        var exception = await Record.ExceptionAsync(() => app.StartAsync(TestContext.Current.CancellationToken));

        var line = StartupFailure.Describe(exception!, app.Configuration);
        Assert.StartsWith("Kestrel:Endpoints:Http:Url: ", line, StringComparison.Ordinal);
        Assert.Contains("ss -ltnp", line, StringComparison.Ordinal);
    }

    /// <summary>Of documentation (RFC 5737, RFC 3849): no machine has them.</summary>
    [Theory]
    [InlineData("http://192.0.2.1:8080", "192.0.2.1:8080: ")]
    [InlineData("http://[2001:db8::1]:8080", "[2001:db8::1]:8080: ")]
    [InlineData("http://unix:/none/there.sock", "/none/there.sock: there is no directory /none; make it, or choose another path.")]
    public async Task Address_ThatCannotBeListenedOn_IsNamedByItsKey_AndWhy(string url, string expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems have the platform's own listeners.");
        await using var app = GatewayHost.Build(TestGateway.SettingsFile, TestGateway.Overlay(("Kestrel:Endpoints:Http:Url", url)));

        var exception = await Record.ExceptionAsync(() => app.StartAsync(TestContext.Current.CancellationToken));

        Assert.StartsWith($"Kestrel:Endpoints:Http:Url: {expected}", StartupFailure.Describe(exception!, app.Configuration), StringComparison.Ordinal);
    }
}
