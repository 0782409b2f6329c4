using System.Collections.Concurrent;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace YarpWs.EndToEnd.Tests.Demo;

/// <summary>The demo page as its reader sees and uses it. Every expectation waits for the page, with a deadline.</summary>
internal sealed class DemoTab
{
    private const float Deadline = 20_000;

    private readonly IPage _page;
    private readonly ConcurrentQueue<string> _addresses = new();
    private readonly ConcurrentQueue<string> _faults = new();

    private DemoTab(IPage page)
    {
        _page = page;
        page.SetDefaultTimeout(Deadline);
        SetDefaultExpectTimeout(Deadline);
        page.Request += (_, request) => _addresses.Enqueue(request.Url);
        page.WebSocket += (_, socket) => _addresses.Enqueue(socket.Url);
        page.PageError += (_, error) => _faults.Enqueue(error);
        page.Console += (_, line) =>
        {
            if (line.Type is "error" or "warning")
            {
                _faults.Enqueue(line.Text);
            }
        };
    }

    /// <summary>Every address that the page has asked for, or opened a socket to.</summary>
    public IReadOnlyCollection<string> Addresses => _addresses;

    /// <summary>What the browser complained of: errors of scripts, resources that failed, violations of the page's own policy.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    private ILocator LastMessage => _page.Locator("#messages li[data-from]").Last;

    public static async Task<DemoTab> OpenAsync(IPage page, Uri site)
    {
        var tab = new DemoTab(page);
        await page.GotoAsync(site.ToString());
        return tab;
    }

    public async Task LogInAsync(string name)
    {
        await _page.GetByLabel("Your name").FillAsync(name);
        await _page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        await Expect(_page.Locator("#user")).ToHaveTextAsync(name);
    }

    /// <summary>Asks for the room, whatever comes of it.</summary>
    public async Task AskForAsync(string room)
    {
        await _page.GetByLabel("Room").FillAsync(room);
        await _page.GetByRole(AriaRole.Button, new() { Name = "Join", Exact = true }).ClickAsync();
    }

    public async Task JoinAsync(string room)
    {
        await AskForAsync(room);
        await ExpectNoteAsync($"You joined {room}.");
        await ExpectStateAsync("Connected");
    }

    public async Task SendAsync(string text)
    {
        await _page.GetByLabel("Message", new() { Exact = true }).FillAsync(text);
        await _page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
    }

    /// <summary>Expects this as the newest message; answers the node that the page shows with it.</summary>
    public async Task<string> ExpectMessageAsync(string text, string from)
    {
        await Expect(LastMessage.Locator(".text")).ToHaveTextAsync(text);
        await Expect(LastMessage.Locator(".from")).ToHaveTextAsync(from);
        return await LastMessage.Locator(".node").TextContentAsync() ?? "";
    }

    public Task ExpectNoteAsync(string words) => Expect(_page.Locator("#messages .note", new() { HasText = words })).ToBeVisibleAsync();

    public Task ExpectStateAsync(string state) => Expect(_page.Locator("#state")).ToHaveTextAsync(state);

    public async Task ExpectRoomRefusedAsync(string words)
    {
        await Expect(_page.GetByRole(AriaRole.Alert).Filter(new() { HasText = words })).ToBeVisibleAsync();
        await Expect(_page.GetByLabel("Room")).ToHaveAttributeAsync("aria-invalid", "true");
    }

    /// <summary>From now on no time passes in the page: whatever it would do later by itself it does not do.</summary>
    public async Task StopClockAsync()
    {
        await _page.Clock.InstallAsync();
        await _page.Clock.PauseAtAsync(DateTime.UtcNow.AddMinutes(1));
    }

    /// <summary>Presses the button that the page shows while it waits.</summary>
    public Task TryNowAsync() => _page.GetByRole(AriaRole.Button, new() { Name = "Try now" }).ClickAsync();

    /// <summary>Nothing sticks out to the right, where a reader would have to scroll for it.</summary>
    public async Task ExpectToFitAsync()
    {
        var widths = await _page.EvaluateAsync<int[]>("[document.documentElement.scrollWidth, document.documentElement.clientWidth]");
        Assert.True(widths[0] <= widths[1], $"The page is {widths[0]} px wide, the screen {widths[1]} px.");
        var sticking = await _page.EvaluateAsync<string[]>(
            """
            [...document.querySelectorAll('body *')]
              .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5)
              .map((element) => element.outerHTML.slice(0, 80))
            """);
        Assert.Empty(sticking);
    }
}
