using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using static Microsoft.Playwright.Assertions;

namespace YarpWs.EndToEnd.Tests.Admin;

/// <summary>The operator's page in a real browser, against a gateway with traffic.</summary>
public sealed partial class AdminPageTests : IAsyncLifetime
{
    private const string Hostile = "<img src=x onerror=document.title='owned'>";

    private EchoGateway _gateway = null!;
    private AdminBrowser _browser = null!;
    private IPage _page = null!;

    public async ValueTask InitializeAsync()
    {
        _gateway = await EchoGateway.StartAsync(("ReverseProxy:Clusters:backend:LoadBalancingPolicy", "FirstAlphabetical"), ("Sockets:DrainPerSecond", "50"));
        _browser = await AdminBrowser.OpenAsync(_gateway.Admin);
        _page = _browser.Page;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        await _gateway.DisposeAsync();
    }

    [Fact]
    public async Task Page_FollowsTheTraffic_AndShowsWhatUsersWroteAsText()
    {
        await Expect(_page.Locator("#ready")).ToHaveTextAsync("ready");
        await Expect(Newest("Sockets")).ToHaveTextAsync("0");

        await using var socket = await OpenAsync();
        await using var hostile = await RawWebSocket.ConnectAsync(_gateway.Address, "/ws/x", "Authorization: Bearer " + Tokens.For(Hostile));
        await Expect(Newest("Sockets")).ToHaveTextAsync("2");
        await _browser.ShowAsync("Sockets");

        await Expect(_browser.Rows("socket-table")).ToHaveCountAsync(2);
        await Expect(_page.GetByRole(AriaRole.Cell, new() { Name = Hostile })).ToBeVisibleAsync();
        Assert.Equal("Sockets · YarpWs gateway", await _page.TitleAsync());
        _browser.ExpectNoFaults();
    }

    [Fact(Explicit = true)]
    [Trait("Category", "Long")]
    public async Task Charts_AreFull_AtFirstSight_ForWhoComesLater()
    {
        await Expect(Moments(_page)).ToHaveAttributeAsync("aria-valuemax", AtLeastThree());

        await using var later = await AdminBrowser.OpenAsync(_gateway.Admin);

        await Expect(Moments(later.Page)).ToHaveAttributeAsync("aria-valuemax", AtLeastThree(), new() { Timeout = 3_000 });
        await Expect(later.Page.Locator("#charts .line.series-0").First).ToHaveAttributeAsync("d", LineOfThree());
        later.ExpectNoFaults();
    }

    [Fact(Explicit = true)]
    [Trait("Category", "Long")]
    public async Task Charts_TellTheValuesOfAMoment_ToThePointer_AndToTheKeyboard()
    {
        await Expect(Moments(_page)).ToHaveAttributeAsync("aria-valuemax", AtLeastThree());

        await Moments(_page).FocusAsync();
        await _page.Keyboard.PressAsync("Home");
        await Expect(Moments(_page)).ToHaveAttributeAsync("aria-valuenow", "0");
        await Expect(Moments(_page)).ToHaveAttributeAsync("aria-valuetext", ValuesAtATime());
        await Expect(_page.Locator(".cursor-time")).ToHaveCountAsync(9);

        await _page.Keyboard.PressAsync("Escape");
        await Expect(_page.Locator(".cursor-time")).ToHaveCountAsync(0);
        await Moments(_page).HoverAsync();
        await Expect(_page.Locator(".cursor-time")).ToHaveCountAsync(9);
        _browser.ExpectNoFaults();
    }

    [Fact]
    public async Task Close_CountsFirst_AndClosesWhatFits()
    {
        await using var meant = await OpenAsync("ann");
        await using var other = await OpenAsync("ben");
        await _browser.ShowAsync("Sockets");
        await Expect(_browser.Rows("socket-table")).ToHaveCountAsync(2);

        await _page.GetByLabel("User").FillAsync("ann");
        await Expect(_browser.Rows("socket-table")).ToHaveCountAsync(1);
        await _browser.Button("Close these …").ClickAsync();
        await _page.GetByLabel("Close code").FillAsync("4100");
        await _page.GetByLabel("Reason").FillAsync("moving");
        await _browser.Button("Close 1 socket").ClickAsync();

        await meant.ExpectCloseAsync(4100);
        await Expect(_page.Locator("#confirm")).ToBeHiddenAsync();
        await Expect(_browser.Rows("ended-table")).ToContainTextAsync("4100, by gateway");
        await _browser.Button("Clear").ClickAsync();
        await Expect(_browser.Rows("socket-table")).ToHaveCountAsync(1);
        _browser.ExpectNoFaults();
    }

    [Fact]
    public async Task Close_ThatIsRefused_SaysWhy()
    {
        await using var socket = await OpenAsync();
        await _browser.ShowAsync("Sockets");
        await _browser.Button("Close these …").ClickAsync();
        await _page.GetByLabel("Close code").FillAsync("1006");
        await _browser.Button("Close 1 socket").ClickAsync();

        await Expect(_page.Locator("#confirm-fault")).ToContainTextAsync("code: use 1000");
        await _page.Keyboard.PressAsync("Escape");
        await Expect(_page.Locator("#confirm")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Socket_IsSeenInDetail_ClosedAlone_AndHowItEndedIsTold()
    {
        await using var socket = await OpenAsync("ann");
        await using var other = await OpenAsync("ben");
        await _browser.ShowAsync("Sockets");
        await _browser.Rows("socket-table").Filter(new() { HasText = "ann" }).GetByRole(AriaRole.Link).ClickAsync();

        await Expect(_page.Locator("#socket-detail")).ToContainTextAsync("ann");
        await _browser.Button("Close this socket …").ClickAsync();
        await _browser.Button("Close socket").ClickAsync();

        await socket.ExpectCloseAsync(1012);
        await socket.SendCloseAsync(1012);
        await Expect(_page.Locator("#socket-detail [role=status]")).ToHaveTextAsync("ended: 1012 come back, by gateway");
        await _page.GetByRole(AriaRole.Link, new() { Name = "All sockets" }).ClickAsync();
        await Expect(_browser.Rows("socket-table")).ToHaveCountAsync(1);
        _browser.ExpectNoFaults();
    }

    [Fact]
    public async Task Drain_ShowsItsProgress_AndTheDestinationIsPutBack()
    {
        await using var socket = await OpenAsync();
        await _browser.ShowAsync("Destinations");
        await _browser.Button("Drain backend/a").ClickAsync();
        await _browser.Button("Drain").ClickAsync();

        await socket.ExpectCloseAsync(1012);
        await Expect(_browser.Rows("destination-table").First).ToContainTextAsync("1 of 1");
        await Expect(_browser.Rows("destination-table").First).ToContainTextAsync("drained");
        await Expect(_page.GetByLabel("Drain of backend/a")).ToBeVisibleAsync();

        await _browser.Button("Put back backend/a").ClickAsync();
        await _browser.Button("Put back").ClickAsync();
        await Expect(_browser.Button("Drain backend/a")).ToBeVisibleAsync();
        _browser.ExpectNoFaults();
    }

    [Fact]
    public async Task Refusals_AreTold_WithTheirReason_AndWithoutTheToken()
    {
        var token = Tokens.For("ann")[..^4] + "AAAA";
        await using var refused = await _gateway.AskAsync(Way.Handshake, $"/ws/start/blue?access_token={token}");
        await using var lost = await _gateway.AskAsync(Way.Request, $"/nowhere/{Uri.EscapeDataString(Hostile)}");

        await _browser.ShowAsync("Refusals");

        await Expect(_browser.Rows("refusal-table")).ToHaveCountAsync(2);
        await Expect(_browser.Rows("refusal-table").Filter(new() { HasText = "/nowhere/" })).ToContainTextAsync("route");
        var ofLogin = _browser.Rows("refusal-table").Filter(new() { HasText = "login: " });
        await Expect(ofLogin).ToContainTextAsync("handshake");
        Assert.DoesNotContain(token, await _page.ContentAsync(), StringComparison.Ordinal);
        await _page.GetByLabel("Holds").FillAsync("login");
        await Expect(_browser.Rows("refusal-table")).ToHaveCountAsync(1);
        _browser.ExpectNoFaults();
    }

    [Fact]
    public async Task Revoke_ClosesTheUsersSockets_AndStandsInTheList()
    {
        await using var socket = await OpenAsync();
        await _browser.ShowAsync("Access");
        await Expect(_page.Locator("#revocation-table")).ToContainTextAsync("Nobody is revoked.");
        await _browser.Button("Revoke …").ClickAsync();
        await _page.Locator("#confirm [name=name]").FillAsync("ann");
        await _browser.Button("Revoke").ClickAsync();

        await socket.ExpectCloseAsync(4004);
        await Expect(_browser.Rows("revocation-table")).ToContainTextAsync("user ann");
        await _browser.ExpectAccessibleAsync();
        _browser.ExpectNoFaults();
    }

    private static ILocator Moments(IPage page) => page.GetByRole(AriaRole.Slider, new() { Name = "Sockets, moment" });

    private ILocator Newest(string chart) => _page.Locator("figure", new() { HasText = chart }).First.Locator(".legend strong").First;

    private async Task<RawWebSocket> OpenAsync(string user = "ann")
    {
        var socket = await RawWebSocket.ConnectAsync(_gateway.Address, "/ws/start/blue", "Authorization: Bearer " + Tokens.For(user));
        Assert.Equal(Opcode.Text, (await socket.ReadFrameAsync("the backend's greeting"))?.Opcode);
        return socket;
    }

    [GeneratedRegex("^([3-9]|[1-9][0-9]+)$")]
    private static partial Regex AtLeastThree();

    [GeneratedRegex("^M[0-9.,]+(L[0-9.,]+){2,}$")]
    private static partial Regex LineOfThree();

    [GeneratedRegex("^[0-9:]{8}: [0-9,]+ open, [0-9,]+ closing$")]
    private static partial Regex ValuesAtATime();
}
