using System.Collections.Concurrent;
using System.Text.Json;
using Deque.AxeCore.Commons;
using Microsoft.Playwright;
using Xunit;
using YarpWs.EndToEnd.Tests.Demo;
using YarpWs.Tests.Redis;
using static Microsoft.Playwright.Assertions;

namespace YarpWs.EndToEnd.Tests.Admin;

/// <summary>The operator's page in a browser of its own. What the browser complains of is kept: errors, warnings, and what the page's policy has kept out.</summary>
internal sealed class AdminBrowser : IAsyncDisposable
{
    private static readonly string[] Rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

    private readonly ConcurrentQueue<string> _faults = new();
    private readonly IPlaywright _driver;
    private readonly IBrowser _browser;

    private AdminBrowser(IPlaywright driver, IBrowser browser, IPage page)
    {
        _driver = driver;
        _browser = browser;
        Page = page;
        page.PageError += (_, error) => _faults.Enqueue(error);
        page.Console += (_, line) =>
        {
            if (line.Type is "error" or "warning")
            {
                _faults.Enqueue(line.Text);
            }
        };
    }

    public IPage Page { get; }

    /// <summary>Skips the test, or fails it, where there is no Chromium.</summary>
    public static async Task<AdminBrowser> OpenAsync(Uri admin, int width = 1280, int height = 900, ColorScheme colors = ColorScheme.Light)
    {
        var program = Requirements.Find("chromium", "chromium", "chromium-browser", "google-chrome");
        var driver = await Playwright.CreateAsync();
        var browser = await driver.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = DemoSite.BrowserArguments });
        var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = colors });
        page.SetDefaultTimeout((float)Deadline.Length.TotalMilliseconds);
        SetDefaultExpectTimeout((float)Deadline.Length.TotalMilliseconds);
        var opened = new AdminBrowser(driver, browser, page);
        await page.GotoAsync(admin.ToString());
        await Expect(page.Locator("#link")).ToHaveTextAsync("Live");
        return opened;
    }

    /// <summary>Goes to a view as a reader does.</summary>
    public Task ShowAsync(string view) => Page.Locator("#views").GetByRole(AriaRole.Link, new() { Name = view }).ClickAsync();

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    /// <summary>The rows of a table in the element of this id.</summary>
    public ILocator Rows(string id) => Page.Locator($"#{id} tbody tr:not(.empty)");

    /// <summary>Nothing was complained of, but for what is named.</summary>
    public void ExpectNoFaults(string? but = null) =>
        Assert.DoesNotContain(_faults, fault => but is null || !fault.Contains(but, StringComparison.Ordinal));

    /// <summary>What is seen now breaks no rule of axe-core's.</summary>
    public async Task ExpectAccessibleAsync()
    {
        await Page.EvaluateAsync(new BundledAxeScriptProvider().GetScript());
        var result = await Page.EvaluateAsync<JsonElement>("rules => axe.run({ runOnly: rules }).then(({ violations, passes }) => ({ violations, passes: passes.length }))", Rules);
        Assert.NotEqual(0, result.GetProperty("passes").GetInt32());
        Assert.Empty(result.GetProperty("violations").EnumerateArray().Select(violation =>
            $"{violation.GetProperty("id")}: {violation.GetProperty("help")}: {string.Join(" | ", violation.GetProperty("nodes").EnumerateArray().Select(node => $"{node.GetProperty("html")} {node.GetProperty("failureSummary")}"))}"));
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _driver.Dispose();
    }
}
