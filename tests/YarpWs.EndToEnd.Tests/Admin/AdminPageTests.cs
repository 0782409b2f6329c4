using System.Collections.Concurrent;
using Microsoft.Playwright;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.EndToEnd.Tests.Demo;
using YarpWs.Tests.Redis;
using static Microsoft.Playwright.Assertions;

namespace YarpWs.EndToEnd.Tests.Admin;

/// <summary>The operator's page in a real browser, against a gateway with traffic.</summary>
public sealed class AdminPageTests : IAsyncLifetime
{
    private const string Hostile = "<img src=x onerror=document.title='owned'>";

    private readonly ConcurrentQueue<string> _faults = new();
    private EchoGateway _gateway = null!;
    private IPlaywright _driver = null!;
    private IBrowser _browser = null!;
    private IPage _page = null!;

    public async ValueTask InitializeAsync()
    {
        var program = Requirements.Find("chromium", "chromium", "chromium-browser", "google-chrome");
        _gateway = await EchoGateway.StartAsync(("ReverseProxy:Clusters:backend:LoadBalancingPolicy", "FirstAlphabetical"), ("Sockets:DrainPerSecond", "50"));
        _driver = await Playwright.CreateAsync();
        _browser = await _driver.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = DemoSite.BrowserArguments });
        _page = await _browser.NewPageAsync(new() { ViewportSize = new() { Width = 1280, Height = 900 } });
        _page.SetDefaultTimeout(20_000);
        SetDefaultExpectTimeout(20_000);
        _page.PageError += (_, error) => _faults.Enqueue(error);
        _page.Console += (_, line) =>
        {
            if (line.Type is "error" or "warning")
            {
                _faults.Enqueue(line.Text);
            }
        };
        await _page.GotoAsync(_gateway.Admin.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        if (_driver is not null)
        {
            await _browser.DisposeAsync();
            _driver.Dispose();
            await _gateway.DisposeAsync();
        }
    }

    [Fact]
    public async Task Page_FollowsTheTraffic_AndShowsWhatUsersWroteAsText()
    {
        await Expect(_page.Locator("#link")).ToHaveTextAsync("Live");
        await Expect(_page.Locator("#ready")).ToHaveTextAsync("ready");
        await Expect(_page.Locator("#chart-sockets strong").First).ToHaveTextAsync("0");

        await using var socket = await OpenAsync();
        await using var hostile = await RawWebSocket.ConnectAsync(_gateway.Address, "/ws/x", "Authorization: Bearer " + Tokens.For(Hostile));

        await Expect(_page.Locator("#chart-sockets strong").First).ToHaveTextAsync("2");
        await Expect(_page.Locator("#sockets tr")).ToHaveCountAsync(2);
        await Expect(_page.Locator("#sockets td", new() { HasText = Hostile })).ToBeVisibleAsync();
        Assert.Equal("YarpWs gateway", await _page.TitleAsync());
        var points = await _page.Locator("#chart-sockets polyline").First.GetAttributeAsync("points");
        await Expect(_page.Locator("#chart-sockets polyline").First).Not.ToHaveAttributeAsync("points", points!);

        Assert.Empty(_faults);
    }

    [Fact]
    public async Task Close_CountsFirst_AndClosesWhatFits()
    {
        await using var meant = await OpenAsync("ann");
        await using var other = await OpenAsync("ben");
        await Expect(_page.Locator("#sockets tr")).ToHaveCountAsync(2);

        await _page.GetByLabel("User").FillAsync("ann");
        await Expect(_page.Locator("#sockets tr")).ToHaveCountAsync(1);
        await _page.GetByRole(AriaRole.Button, new() { Name = "Close these …" }).ClickAsync();
        await _page.GetByLabel("Close code").FillAsync("4100");
        await _page.GetByLabel("Reason").FillAsync("moving");
        await _page.GetByRole(AriaRole.Button, new() { Name = "Close 1 sockets" }).ClickAsync();

        await meant.ExpectCloseAsync(4100);
        await Expect(_page.Locator("#order")).ToBeHiddenAsync();
        await Expect(_page.Locator("#chart-closes")).ToContainTextAsync("other by gateway");
        await _page.GetByLabel("User").FillAsync("");
        await Expect(_page.Locator("#sockets tr")).ToHaveCountAsync(1);
        Assert.Empty(_faults);
    }

    [Fact]
    public async Task Close_ThatIsRefused_SaysWhy()
    {
        await _page.GetByRole(AriaRole.Button, new() { Name = "Close these …" }).ClickAsync();
        await _page.GetByLabel("Close code").FillAsync("1006");
        await _page.GetByRole(AriaRole.Button, new() { Name = "Close 0 sockets" }).ClickAsync();

        await Expect(_page.GetByRole(AriaRole.Alert)).ToContainTextAsync("code: use 1000");
        await _page.Keyboard.PressAsync("Escape");
        await Expect(_page.Locator("#order")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Drain_ShowsItsProgress_AndTheDestinationIsPutBack()
    {
        await using var socket = await OpenAsync();
        await _page.GetByRole(AriaRole.Button, new() { Name = "Drain backend/a" }).ClickAsync();
        await _page.GetByRole(AriaRole.Button, new() { Name = "Drain", Exact = true }).ClickAsync();

        await socket.ExpectCloseAsync(1012);
        await Expect(_page.Locator("#destinations tr").First).ToContainTextAsync("1 of 1");
        await Expect(_page.GetByLabel("Drain of backend/a")).ToBeVisibleAsync();

        await _page.GetByRole(AriaRole.Button, new() { Name = "Put back backend/a" }).ClickAsync();
        await Expect(_page.GetByRole(AriaRole.Button, new() { Name = "Drain backend/a" })).ToBeVisibleAsync();
        Assert.Empty(_faults);
    }

    private async Task<RawWebSocket> OpenAsync(string user = "ann")
    {
        var socket = await RawWebSocket.ConnectAsync(_gateway.Address, "/ws/start/blue", "Authorization: Bearer " + Tokens.For(user));
        Assert.Equal(Opcode.Text, (await socket.ReadFrameAsync("the backend's greeting"))?.Opcode);
        return socket;
    }
}
