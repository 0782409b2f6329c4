using Microsoft.Playwright;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Tests.Redis;
using static Microsoft.Playwright.Assertions;

namespace YarpWs.EndToEnd.Tests.Admin;

/// <summary>What an operator sees of each state that matters: in words and not in colours alone, readable for everybody, light, dark and on a phone.</summary>
[Trait("Category", "Long")]
public sealed class AdminPageStatesTests
{
    private static readonly string[] Views = ["Sockets", "Destinations", "Routes", "Refusals", "Access", "Overview"];

    [Theory(Explicit = true)]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(1280, ColorScheme.Dark)]
    [InlineData(390, ColorScheme.Light)]
    public async Task FortySockets_AreSorted_EveryViewIsAccessible_AndNeverWiderThanItsWindow(int width, ColorScheme colors)
    {
        await using var gateway = await EchoGateway.StartAsync(("Sockets:MaxSockets", "40"));
        var sockets = new List<RawWebSocket>();
        for (var i = 0; i < 40; i++)
        {
            sockets.Add(await RawWebSocket.ConnectAsync(gateway.Address, $"/ws/start/room{i}", "Authorization: Bearer " + Tokens.For($"user{i:00}")));
        }

        await using var refused = await gateway.AskAsync(Way.Handshake, "/ws/start/blue", "Authorization: Bearer " + Tokens.For("late"));
        Assert.Equal(503, refused.Status);
        await using var browser = await AdminBrowser.OpenAsync(gateway.Admin, width, 800, colors);
        foreach (var view in Views)
        {
            await browser.ShowAsync(view);
            if (view == "Sockets")
            {
                await Expect(browser.Rows("socket-table")).ToHaveCountAsync(40);
                await browser.Button("User").ClickAsync();
                await Expect(browser.Rows("socket-table").First).ToContainTextAsync("user00");
                await browser.Button("User").ClickAsync();
                await Expect(browser.Rows("socket-table").First).ToContainTextAsync("user39");
            }
            else if (view == "Refusals")
            {
                await Expect(browser.Rows("limit-work")).ToContainTextAsync("MaxSockets");
                await Expect(browser.Rows("limit-table").Filter(new() { HasText = "ws" })).ToContainTextAsync("40 of 40");
            }

            await browser.ExpectAccessibleAsync();
            Assert.True(await browser.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), $"{view} is wider than {width}.");
        }

        browser.ExpectNoFaults();
        foreach (var socket in sockets)
        {
            await socket.DisposeAsync();
        }
    }

    [Fact(Explicit = true)]
    public async Task DeadBackends_AreToldWithTheirReason_AndReadinessNamesThePart()
    {
        await using var gateway = await EchoGateway.StartAsync(("ReverseProxy:Clusters:backend:HealthCheck:Active:Interval", "00:00:00.500"));
        await using var browser = await AdminBrowser.OpenAsync(gateway.Admin);
        await Expect(browser.Page.Locator("#ready")).ToHaveTextAsync("ready");

        await gateway.A.DisposeAsync();
        await gateway.B.DisposeAsync();

        await Expect(browser.Page.Locator("#ready")).ToHaveTextAsync("not ready");
        await Expect(browser.Page.Locator("#problems")).ToContainTextAsync("cluster backend no healthy destination: a: its probe failed: Connection refused");
        await Expect(browser.Page.Locator("#count-destinations")).ToHaveTextAsync("2 out");
        await browser.ExpectAccessibleAsync();
        await browser.ShowAsync("Destinations");
        await Expect(browser.Rows("destination-table").First).ToContainTextAsync("unhealthy");
        await Expect(browser.Rows("destination-table").First).ToContainTextAsync("its probe failed: Connection refused");
        await browser.ExpectAccessibleAsync();
        browser.ExpectNoFaults();
    }

    [Fact(Explicit = true)]
    public async Task RedisAway_IsTold_AndTheGatewayStaysReady()
    {
        await using var redis = new EmbeddedGarnet();
        await redis.StartAsync();
        await using var gateway = await EchoGateway.StartAsync(("Redis:Configuration", redis.Configuration));
        await using var browser = await AdminBrowser.OpenAsync(gateway.Admin);
        await Expect(browser.Page.Locator("#parts")).ToContainTextAsync("redis");

        await redis.KillAsync();

        await Expect(browser.Page.Locator("#problems")).ToContainTextAsync("redis away");
        await Expect(browser.Page.Locator("#ready")).ToHaveTextAsync("ready");
        await browser.ExpectAccessibleAsync();
        browser.ExpectNoFaults();
    }

    [Fact(Explicit = true)]
    public async Task RefusedRouteFile_IsToldWithItsPlace_AndWhatRanIsGoneBackTo()
    {
        using var folder = new SettingsFolder();
        await using var gateway = await EchoGateway.StartAsync(folder.File);
        await using var browser = await AdminBrowser.OpenAsync(gateway.Admin);
        await browser.ShowAsync("Routes");
        await Expect(browser.Page.Locator("#running")).ToContainTextAsync("Revision 1 runs");

        folder.Replace("\"Path\": \"/ws/{**rest}\"", "\"Path\": \"/live/{**rest}\"");
        await Expect(browser.Page.Locator("#running")).ToContainTextAsync("Revision 2 runs");
        folder.Replace("\"Path\": \"/live/{**rest}\"", "\"Path\": \"/live/*\"");

        await Expect(browser.Page.Locator("#refused-routes")).ToContainTextAsync("gateway.json:");
        await Expect(browser.Page.Locator("#refused-routes")).ToContainTextAsync("ReverseProxy:Routes:ws:Match:Path");
        await Expect(browser.Page.Locator("#count-routes")).ToHaveTextAsync("file refused");
        await browser.ExpectAccessibleAsync();

        await browser.Button("Go back to revision 1").ClickAsync();
        await Expect(browser.Page.Locator("#confirm-details")).ToContainTextAsync("Match:Path: /live/{**rest} → /ws/{**rest}");
        await browser.ExpectAccessibleAsync();
        await browser.Button("Go back").ClickAsync();

        await Expect(browser.Page.Locator("#running")).ToContainTextAsync("Revision 3 runs");
        await Expect(browser.Page.Locator("#refused-routes")).ToBeEmptyAsync();
        browser.ExpectNoFaults();
    }

    /// <summary>The shipped settings in a folder of their own, to be changed.</summary>
    private sealed class SettingsFolder : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("yarpws-admin-").FullName;

        public SettingsFolder() => System.IO.File.Copy(Path.Combine(AppContext.BaseDirectory, "config", "gateway.json"), File);

        public string File => Path.Combine(_folder, "gateway.json");

        public void Replace(string text, string with)
        {
            var before = System.IO.File.ReadAllText(File);
            Assert.Contains(text, before, StringComparison.Ordinal);
            System.IO.File.WriteAllText(File, before.Replace(text, with, StringComparison.Ordinal));
        }

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }
}
