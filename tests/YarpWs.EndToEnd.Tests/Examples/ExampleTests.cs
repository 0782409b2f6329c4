using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Playwright;
using Xunit;
using YarpWs.Backend;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.EndToEnd.Tests.Demo;
using YarpWs.Tests.Redis;
using static Microsoft.Playwright.Assertions;

namespace YarpWs.EndToEnd.Tests.Examples;

/// <summary>The examples of config/examples, run as their reader would run them.</summary>
public sealed class ExampleTests(SharedGarnet garnet) : IClassFixture<SharedGarnet>
{
    private const string Pusher = "webpubsub.sendToGroup";

    [Fact]
    public async Task Init_GivesASystem_InWhichAMessageReachesTheRoom()
    {
        await using var system = await RoomsSystem.StartAsync(garnet.Server);
        await using var ann = await JoinAsync(system, await system.TokenAsync("ann"));
        await using var ben = await JoinAsync(system, await system.TokenAsync("ben"));

        await ann.SendAsync("""{"message": "hello"}""");

        await ben.ExpectAsync("hello");
    }

    [Fact]
    public async Task Token_MadeByPython_IsLetIn()
    {
        var python = Requirements.Find("python", "python3");
        await using var system = await RoomsSystem.StartAsync(garnet.Server);

        var token = await RunAsync(python, Example("token", "token.py"), system.KeyFile, "ann", Pusher);

        Assert.Equal(HttpStatusCode.Accepted, await PushAsync(system, token));
    }

    [Fact]
    public async Task Token_MadeByCSharp_IsLetIn()
    {
        await using var system = await RoomsSystem.StartAsync(garnet.Server);

        var token = await RunAsync(Dotnet, "run", Example("token", "token.cs"), "--", system.KeyFile, "ann", Pusher);

        Assert.Equal(HttpStatusCode.Accepted, await PushAsync(system, token));
    }

    [Fact]
    public async Task Push_ByPython_ReachesTheRoom()
    {
        var python = Requirements.Find("python", "python3");
        await using var system = await RoomsSystem.StartAsync(garnet.Server);
        await using var ann = await JoinAsync(system, await system.TokenAsync("ann"));

        await RunAsync(python, Example("push", "push.py"), system.Gateway.ToString(), await system.TokenAsync("server", Pusher), "blue", "hello ✓");

        await ann.ExpectAsync("hello ✓");
    }

    [Fact]
    public async Task Page_JoinsTheRoom_ComesBack_AndStopsWhereThatHelpsNobody()
    {
        var chromium = Requirements.Find("chromium", "chromium", "chromium-browser", "google-chrome");
        await using var system = await RoomsSystem.StartAsync(garnet.Server, ("Origins:Allowed:0", "*"), ("Cors:Policies:any:Origins:0", "*"), ("Cors:Policies:any:Headers:0", "Authorization"), ("ReverseProxy:Routes:rooms:CorsPolicy", "any"));
        var token = await system.TokenAsync("ann");
        await using var site = await SiteAsync(() => token);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = chromium, Args = DemoSite.BrowserArguments });
        var page = await browser.NewPageAsync();

        await page.GotoAsync($"{site.Urls.First()}/room.html?gateway={system.Gateway}&room=blue");
        await Expect(page.Locator("#state")).ToHaveTextAsync("open");
        await page.Locator("#text").FillAsync("hello");
        await page.GetByText("Send").ClickAsync();
        await Expect(page.Locator("#messages li")).ToHaveTextAsync("ann: hello");

        token = "x.y.z";
        await page.ReloadAsync();
        await Expect(page.Locator("#state")).ToHaveTextAsync("refused: The token is no JWT; log in again.");
    }

    [Theory]
    [InlineData("sentinel")]
    [InlineData("cluster")]
    [InlineData("tls")]
    public async Task SettingsForRedis_AreGood(string kind)
    {
        using var output = new StringWriter();

        var code = await YarpwsBackendCommand.Create().InvokeAsync(
            ["check", Example("redis", $"{kind}.json")], new() { Output = output, Error = output }, TestContext.Current.CancellationToken);

        Assert.True(code == 0, output.ToString());
    }

    private static string Dotnet => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    private static string Example(params string[] names) => Repository.PathOf(["config", "examples", .. names]);

    private static Task<RawWebSocket> JoinAsync(RoomsSystem system, string token) =>
        RawWebSocket.ConnectAsync(system.Gateway, "/ws/start/blue", $"Authorization: Bearer {token}");

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        await using var process = ChildProcess.Start(program, arguments, Path.GetTempPath(), []);
        await process.WaitForExitAsync(TimeSpan.FromMinutes(2));
        Assert.True(process.ExitCode == 0, process.Output);
        return process.Output.Trim();
    }

    private static async Task<HttpStatusCode> PushAsync(RoomsSystem system, string token)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(system.Gateway, "/api/hubs/chat/groups/push_blue/:send"))
        {
            Content = new StringContent("hello"),
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
        };
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    /// <summary>The server of the page's owner: its files, and a token for whoever is logged in there.</summary>
    private static async Task<WebApplication> SiteAsync(Func<string> token)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddRouting();
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var site = builder.Build();
        site.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(Example("browser")) });
        site.MapGet("/token", () => Results.Text(token()));
        await site.StartAsync(TestContext.Current.CancellationToken);
        return site;
    }
}
