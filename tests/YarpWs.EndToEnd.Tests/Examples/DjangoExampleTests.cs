using System.Net;
using Microsoft.Playwright;
using Xunit;
using YarpWs.EndToEnd.Tests.Demo;
using YarpWs.Tests.Redis;
using static Microsoft.Playwright.Assertions;

namespace YarpWs.EndToEnd.Tests.Examples;

/// <summary>People of a Django site in rooms, by their session alone.</summary>
[Trait("Category", "Long")]
public sealed class DjangoExampleTests(SharedRedisServer redis) : IClassFixture<SharedRedisServer>
{
    [Fact(Explicit = true)]
    public async Task PersonWhoLogsInAtDjango_Chats_IsPushedTo_AndLeavesTheRoomByLoggingOut()
    {
        var chromium = Requirements.Find("chromium", "chromium", "chromium-browser", "google-chrome");
        await using var site = await DjangoSite.StartAsync(await redis.StartAsync());
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = chromium, Args = DemoSite.BrowserArguments });
        var ann = await LogInAsync(browser, site, "ann");
        var ben = await LogInAsync(browser, site, "ben");
        var nodes = await site.DestinationsAsync();
        Assert.NotEqual(nodes["ann"], nodes["ben"]);

        await ann.GetByLabel("Message").FillAsync("hello");
        await ann.GetByText("Send").ClickAsync();
        await ExpectLastAsync(ann, "hello");
        await ExpectLastAsync(ben, "hello");

        await ben.GetByText("Push").ClickAsync();
        await ExpectLastAsync(ann, """{"message": "plug flow success", "path": "/results/1"}""");
        await ExpectLastAsync(ben, """{"message": "plug flow success", "path": "/results/1"}""");

        var other = await ann.Context.NewPageAsync();
        await other.GotoAsync($"{site.Gateway}accounts/logout/");
        await ExpectStateAsync(ann, "closed with 4004");
        await ExpectStateAsync(ben, "open");
        await ann.ReloadAsync();
        await Expect(ann.GetByLabel("Password")).ToBeVisibleAsync();
    }

    /// <summary>Daphne beside rooms, during the move: it reads the session by itself, and so gets the cookie.</summary>
    [Fact(Explicit = true)]
    public async Task RoomThatStaysOnDaphne_IsOpenedByTheSameSession()
    {
        await using var site = await DjangoSite.StartAsync(await redis.StartAsync());
        var session = await SessionAsync(site, "ann");
        await using var onDaphne = await RawWebSocket.ConnectAsync(site.Gateway, "/ws/start/old", $"Cookie: {session}");

        await onDaphne.SendAsync("""{"message": "from daphne"}""");
        await onDaphne.ExpectAsync("from daphne");
    }

    [Fact(Explicit = true)]
    public async Task SocketWithoutALogin_IsRefusedByDjangosOwnWords()
    {
        await using var site = await DjangoSite.StartAsync(await redis.StartAsync());
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(site.Gateway, "/ws/start/blue")) { Headers = { { "Cookie", "sessionid=forged" } } };

        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.Unauthorized, "Log in first.\n"), (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }

    private static async Task<IPage> LogInAsync(IBrowser browser, DjangoSite site, string name)
    {
        var page = await (await browser.NewContextAsync()).NewPageAsync();
        page.SetDefaultTimeout(60_000);
        await page.GotoAsync($"{site.Gateway}rooms/blue/");
        await page.GetByLabel("Name").FillAsync(name);
        await page.GetByLabel("Password").FillAsync(DjangoSite.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        await Expect(page.Locator("#user")).ToHaveTextAsync(name, new() { Timeout = 60_000 });
        await ExpectStateAsync(page, "open");
        return page;
    }

    /// <summary>As a program logs in that is no browser: the page for its CSRF token, then the form.</summary>
    private static async Task<string> SessionAsync(DjangoSite site, string name)
    {
        var cookies = new CookieContainer();
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = cookies, AllowAutoRedirect = false }) { BaseAddress = site.Gateway };
        await http.GetStringAsync(new Uri("accounts/login/", UriKind.Relative), TestContext.Current.CancellationToken);
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["username"] = name,
            ["password"] = DjangoSite.Password,
            ["csrfmiddlewaretoken"] = cookies.GetCookies(site.Gateway)["csrftoken"]!.Value,
        });
        using var answer = await http.PostAsync(new Uri("accounts/login/", UriKind.Relative), form, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        return $"sessionid={cookies.GetCookies(site.Gateway)["sessionid"]!.Value}";
    }

    private static Task ExpectStateAsync(IPage page, string state) => Expect(page.Locator("#state")).ToHaveTextAsync(state, new() { Timeout = 60_000 });

    private static Task ExpectLastAsync(IPage page, string text) => Expect(page.Locator("#messages li").Last).ToHaveTextAsync(text, new() { Timeout = 60_000 });
}
