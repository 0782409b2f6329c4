using Microsoft.Playwright;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Demo;

/// <summary>A cluster with an issuer of tokens, as dev.cs has it, and a browser to see its page in.</summary>
internal sealed class DemoSite : IAsyncDisposable
{
    /// <summary>No sandbox: in a container it cannot be set up. Nothing that calls home.</summary>
    public static readonly string[] BrowserArguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--no-first-run", "--disable-quic",
    ];

    /// <summary>What this holds, to be let go in the opposite order.</summary>
    private readonly Stack<IAsyncDisposable> _held = [];
    private IBrowser _browser = null!;

    public TestCluster Cluster { get; private set; } = null!;

    public TokenIssuer Issuer { get; private set; } = null!;

    /// <summary>Skips the test, or fails it, where there is no Chromium.</summary>
    public static async Task<DemoSite> StartAsync()
    {
        var program = Requirements.Find("chromium", "chromium", "chromium-browser", "google-chrome");
        var site = new DemoSite();
        try
        {
            await site.StartAsync(program);
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>The page in a browser window of its own, with nothing stored by any other.</summary>
    public async Task<DemoTab> OpenAsync(BrowserNewContextOptions? device = null)
    {
        var context = await _browser.NewContextAsync(device);
        return await DemoTab.OpenAsync(await context.NewPageAsync(), Cluster.Gateway);
    }

    /// <summary>A page of the site for scripts of a test's own.</summary>
    public async Task<IPage> OpenPageAsync()
    {
        var page = await (await _browser.NewContextAsync()).NewPageAsync();
        await page.GotoAsync(Cluster.Gateway.ToString());
        return page;
    }

    /// <summary>Two tabs in one room: Ann's, and Ben's on the other node.</summary>
    public async Task<(DemoTab Ann, DemoTab Ben)> OpenOnBothNodesAsync(string room)
    {
        var ann = await OpenAsync("ann", room);
        for (var attempt = 0; attempt < 5; attempt++)
        {
            // A picture that a page asked for may be under way on one node in the moment in which the gateway counts.
            var ben = await OpenAsync("ben", room);
            if (Cluster.NodesWith(room).Count() == 2)
            {
                return (ann, ben);
            }
        }

        throw new InvalidOperationException("The gateway gave every tab to one backend.");
    }

    public async ValueTask DisposeAsync()
    {
        while (_held.TryPop(out var held))
        {
            await held.DisposeAsync();
        }
    }

    private async Task<DemoTab> OpenAsync(string user, string room)
    {
        var tab = await OpenAsync();
        await tab.LogInAsync(user);
        await tab.JoinAsync(room);
        return tab;
    }

    private async Task StartAsync(string program)
    {
        var redis = Hold(new EmbeddedGarnet());
        await redis.StartAsync();
        Issuer = Hold(await TokenIssuer.StartAsync());
        Cluster = Hold(await TestCluster.StartAsync(redis, Issuer.Route));
        var driver = await Playwright.CreateAsync();
        _held.Push(new Driver(driver));
        var launch = new BrowserTypeLaunchOptions { ExecutablePath = program, Args = BrowserArguments };
        _browser = Hold(await driver.Chromium.LaunchAsync(launch));
    }

    private T Hold<T>(T held)
        where T : IAsyncDisposable
    {
        _held.Push(held);
        return held;
    }

    private sealed class Driver(IPlaywright playwright) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            playwright.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
