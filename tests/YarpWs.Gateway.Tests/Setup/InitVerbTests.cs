using System.Net;
using System.Net.Http.Headers;
using static YarpWs.Gateway.Tests.Setup.CommandRun;

namespace YarpWs.Gateway.Tests.Setup;

public sealed class InitVerbTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("yarpws-init-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string PathOf(string file) => Path.Combine(_directory, file);

    [Theory]
    [InlineData("proxy")]
    [InlineData("rooms")]
    [InlineData("openid", "--authority", "https://login.example.org/realms/a")]
    public async Task Init_WritesAFewLines_ThatCheckFindsGood(params string[] args)
    {
        Assert.Equal((0, ""), await ErrorOfAsync(["init", .. args, "--output", _directory]));

        Assert.Equal((0, $"{PathOf("gateway.json")}: 0 errors, 0 warnings.{Environment.NewLine}", ""), await RunAsync("check", PathOf("gateway.json")));
        Assert.InRange(File.ReadAllLines(PathOf("gateway.json")).Length, 10, 26);
    }

    [Fact]
    public async Task Init_TakesAddressesAndNames()
    {
        await RunAsync("init", "proxy", "--to", "http://10.0.0.7:3000", "--output", PathOf("proxy"));
        await RunAsync("init", "openid", "--authority", "https://login.example.org/", "--audience", "my \"app\"", "--output", PathOf("openid"));

        Assert.Contains("\"Address\": \"http://10.0.0.7:3000/\"", await File.ReadAllTextAsync(PathOf("proxy/gateway.json"), Deadline.Token()), StringComparison.Ordinal);
        foreach (var file in (string[])["openid/gateway.json", "openid/backend.json"])
        {
            var text = await File.ReadAllTextAsync(PathOf(file), Deadline.Token());
            Assert.Contains("\"Authority\": \"https://login.example.org/\", \"ValidAudiences\": [ \"my \\u0022app\\u0022\" ]", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Init_OfAnIssuerWithoutItsAddress_IsRefused()
    {
        var (code, _, error) = await RunAsync("init", "openid", "--output", _directory);

        Assert.Equal(1, code);
        Assert.Contains("--authority https://", error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public async Task Init_OfAnIssuerWithoutTls_IsRefused_AsAStartWouldBe()
    {
        var (code, _, error) = await RunAsync("init", "openid", "--authority", "http://login.example.org/", "--output", _directory);

        Assert.Equal(1, code);
        Assert.Contains("--authority: 'http://login.example.org/' is not https", error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public async Task Init_WhereAFileIsThereAlready_WritesNothing()
    {
        await File.WriteAllTextAsync(PathOf("jwt.json"), "mine", Deadline.Token());

        var (code, _, error) = await RunAsync("init", "rooms", "--output", _directory);

        Assert.Equal(1, code);
        Assert.Contains($"{PathOf("jwt.json")} is there already", error, StringComparison.Ordinal);
        Assert.Equal([PathOf("jwt.json")], Directory.GetFileSystemEntries(_directory));
        Assert.Equal("mine", await File.ReadAllTextAsync(PathOf("jwt.json"), Deadline.Token()));
    }

    [Fact]
    public async Task Init_KeepsTheKeyFromOthers()
    {
        await RunAsync("init", "rooms", "--output", _directory);

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(PathOf("jwt.json")));
        }
    }

    [Fact]
    public async Task Proxy_LetsEverybodyThrough_ToTheBackend()
    {
        await using var backend = await Destination.StartAsync();
        await RunAsync("init", "proxy", "--to", backend.Address, "--output", _directory);
        await using var gateway = await TestGateway.StartAsItIsAsync(PathOf("gateway.json"));

        Assert.Equal("answer", await gateway.Http.GetStringAsync(new Uri("/a/b", UriKind.Relative), Deadline.Token()));
    }

    [Theory]
    [InlineData("\"AuthorizationPolicy\": \"anonymous\", ", "", ":9:7: error: ReverseProxy:Routes:all:AuthorizationPolicy: this route asks for a login, ")]
    [InlineData("\"anonymous\"", "\"default\"", ":9:59: error: ReverseProxy:Routes:all:AuthorizationPolicy: this route asks for a login, ")]
    public async Task Proxy_WithARouteThatAsksForALogin_IsRefused_AndTheRouteIsNamed(string from, string to, string expected)
    {
        await RunAsync("init", "proxy", "--output", _directory);
        var file = PathOf("gateway.json");
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file, Deadline.Token())).Replace(from, to, StringComparison.Ordinal), Deadline.Token());

        var (code, _, error) = await RunAsync(file);

        Assert.Equal(1, code);
        Assert.StartsWith(file + expected, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Login_WhereNobodyCanLogIn_Is401()
    {
        await using var backend = await Destination.StartAsync();
        await RunAsync("init", "proxy", "--to", backend.Address, "--output", _directory);
        await using var gateway = await TestGateway.StartAsItIsAsync(PathOf("gateway.json"));

        using var response = await gateway.Http.PostAsync(new Uri("/auth/refresh", UriKind.Relative), content: null, Deadline.Token());

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Theory]
    [InlineData("HS256")]
    [InlineData("ES256")]
    public async Task Token_OfItsKey_IsLetIn_AndNoOther(string algorithm)
    {
        await using var backend = await Destination.StartAsync();
        await RunAsync("init", "rooms", "--output", _directory);
        var settings = PathOf("gateway.json");
        string[] key = [];
        if (algorithm == "ES256")
        {
            await RunAsync("key", "--algorithm", "ES256", "--output", PathOf("es.json"));
            await File.WriteAllTextAsync(settings, (await File.ReadAllTextAsync(settings, Deadline.Token())).Replace("jwt.json", "es.pub.json", StringComparison.Ordinal), Deadline.Token());
            key = ["--key", PathOf("es.json")];
        }

        await using var gateway = await TestGateway.StartAsItIsAsync(
            settings,
            ("Redis:Configuration", null),
            ("ReverseProxy:Clusters:backend:Destinations:a:Address", backend.Address));
        var (_, token, _) = await RunAsync(["token", settings, "--user", "ann", .. key]);
        await RunAsync("key", "--output", PathOf("other.json"));
        var (_, foreign, _) = await RunAsync("token", settings, "--key", PathOf("other.json"), "--user", "ann");

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(gateway, token.Trim()));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(gateway, foreign.Trim()));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(gateway, null));
    }

    private static async Task<HttpStatusCode> StatusAsync(TestGateway gateway, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/x") { Headers = { Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token) } };
        using var response = await gateway.Http.SendAsync(request, Deadline.Token());
        return response.StatusCode;
    }

    private static async Task<(int Code, string Error)> ErrorOfAsync(string[] args)
    {
        var (code, _, error) = await RunAsync(args);
        return (code, error);
    }
}
