using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.IdentityModel.JsonWebTokens;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Gateway;

namespace YarpWs.EndToEnd.Tests.Examples;

/// <summary>A site that is no Django, whose people come in by a cookie of ASP.NET Core.</summary>
public sealed partial class CheckExampleTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("yarpws-check-").FullName;
    private readonly CookieContainer _cookies = new();
    private ChildProcess _site = null!;

    public async ValueTask InitializeAsync()
    {
        var example = Repository.PathOf("config", "examples", "check");
        File.Copy(Path.Combine(example, "gateway.json"), Path.Combine(_folder, "gateway.json"));
        Assert.Equal(0, await YarpwsCommand.Create().InvokeAsync(
            ["key", "--algorithm", "ES256", "--output", Path.Combine(_folder, "login.json")], new() { Output = TextWriter.Null, Error = TextWriter.Null }, TestContext.Current.CancellationToken));
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        _site = ChildProcess.Start(dotnet, ["run", Path.Combine(example, "check.cs"), "--", "--urls", "http://127.0.0.1:0"], _folder, []);
    }

    public async ValueTask DisposeAsync()
    {
        // It leads no group: the program that it runs ends by the signal that it passes on.
        _site.Stop();
        await _site.WaitForExitAsync(Deadline.Length);
        await _site.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task PersonOfTheSite_ComesIn_UntilTheyLogOut()
    {
        await using var rooms = await EchoBackend.StartAsync();
        await using var gateway = GatewayHost.Build(Path.Combine(_folder, "gateway.json"), new Dictionary<string, string?>
        {
            ["Kestrel:Endpoints:Http:Url"] = "http://127.0.0.1:0",
            ["Admin:Url"] = "http://127.0.0.1:0",
            ["Authentication:Checks:site:Timeout"] = TestCluster.Patience,
            ["ReverseProxy:Clusters:rooms:Destinations:a:Address"] = rooms.Address.ToString(),
            ["ReverseProxy:Clusters:site:Destinations:a:Address"] = (await ListenAsync()).ToString(),
            ["Logging:LogLevel:Default"] = "Warning",
        });
        await gateway.StartAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = _cookies, AllowAutoRedirect = false }) { BaseAddress = await PublicOfAsync(gateway.Urls) };

        using var login = await http.PostAsync(new Uri("/login", UriKind.Relative), new FormUrlEncodedContent([new("name", "ann")]), TestContext.Current.CancellationToken);
        var arrival = JsonSerializer.Deserialize<Arrival>(await http.GetStringAsync(new Uri("/ws/start/blue", UriKind.Relative), TestContext.Current.CancellationToken), JsonSerializerOptions.Web)!;
        using var logout = await http.PostAsync(new Uri("/logout", UriKind.Relative), content: null, TestContext.Current.CancellationToken);
        using var refused = await http.GetAsync(new Uri("/ws/start/blue", UriKind.Relative), TestContext.Current.CancellationToken);

        var token = new JsonWebToken(arrival.Header("Authorization")!["Bearer ".Length..]);
        Assert.Equal(("ann", "webpubsub.sendToGroup", null), (token.Subject, token.GetClaim("role").Value, arrival.Header("Cookie")));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    /// <summary>It is built first, which takes a while.</summary>
    private async Task<Uri> ListenAsync()
    {
        Match? said = null;
        await Eventually.IsAsync(
            _ => Task.FromResult((said = Listening().Match(_site.Output)).Success || (_site.HasExited ? throw new InvalidOperationException(_site.Output) : false)),
            "the site to say where it listens",
            TimeSpan.FromMinutes(3),
            () => _site.Output);
        return new Uri(said!.Groups[1].Value);
    }

    /// <summary>The one of its two addresses that asks for a login.</summary>
    private static async Task<Uri> PublicOfAsync(IEnumerable<string> urls)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        foreach (var url in urls.Select(url => new Uri(url)))
        {
            using var answer = await http.GetAsync(new Uri(url, "/ws/start/blue"), TestContext.Current.CancellationToken);
            if (answer.StatusCode == HttpStatusCode.Unauthorized)
            {
                return url;
            }
        }

        throw new InvalidOperationException("No address asks for a login.");
    }

    [GeneratedRegex(@"Now listening on: (http://127\.0\.0\.1:\d+)")]
    private static partial Regex Listening();
}
