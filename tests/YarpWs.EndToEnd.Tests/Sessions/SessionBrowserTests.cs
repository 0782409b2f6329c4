using System.Globalization;
using Microsoft.Playwright;
using Xunit;
using YarpWs.EndToEnd.Tests.Demo;
using YarpWs.EndToEnd.Tests.Sockets;
using YarpWs.Platform.Transport;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Sessions;

/// <summary>A person in a real browser, over TLS and HTTP/2: they log in, their sockets outlive their tokens, and all of them close when the session ends.</summary>
public sealed class SessionBrowserTests(ITestOutputHelper output)
{
    private const int SocketsPerPage = 3;

    /// <summary>Opens sockets to the page's own gateway, and keeps how and when each of them ends.</summary>
    private const string OpenSockets =
        """
        (count) => {
          window.ends = [];
          return Promise.all(Array.from({ length: count }, () => new Promise((resolve, reject) => {
            const socket = new WebSocket(`wss://${location.host}/ws/x`);
            socket.onmessage = () => resolve();
            window.ends.push(new Promise((end) => {
              socket.onclose = ({ code }) => {
                end({ code, at: Date.now() });
                reject(new Error(`closed with ${code}`));
              };
            }));
          })));
        }
        """;

    [Theory]
    [InlineData("logs out in another tab")]
    [InlineData("is logged out at the issuer")]
    public async Task Person_LogsIn_OpensSocketsOverHttp2_OutlivesTheirTokens_AndAllCloseOnBothGateways_WhenHe(string ends)
    {
        var program = Requirements.Find("chromium", "chromium", "chromium-browser", "google-chrome");
        await using var site = await SessionSite.StartAsync([.. WireCertificate.Endpoint.Select(setting => (setting.Key, (string?)setting.Value))]);
        site.Issuer.AccessLifetime = TimeSpan.FromSeconds(4);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = DemoSite.BrowserArguments });
        var context = await browser.NewContextAsync(new() { IgnoreHTTPSErrors = true });
        context.SetDefaultTimeout((float)Deadline.Length.TotalMilliseconds);

        var (onA, onB) = (await OpenAsync(context, site, 0), await OpenAsync(context, site, 1));
        var cookie = Assert.Single(await context.CookiesAsync(), cookie => cookie.Name == "__Host-yarpws-session");
        Assert.Equal((true, true, SameSiteAttribute.Lax), (cookie.HttpOnly, cookie.Secure, cookie.SameSite));
        await onA.EvaluateAsync(OpenSockets, SocketsPerPage);
        await onB.EvaluateAsync(OpenSockets, SocketsPerPage);
        foreach (var gateway in new[] { 0, 1 })
        {
            Assert.Equal(SocketsPerPage, site.SocketsOf(gateway).All.Count(socket => socket.Client.Stream is Http2SocketStream));
        }

        var renewals = site.Issuer.Refreshes;
        await Eventually.IsAsync(_ => Task.FromResult(site.Issuer.Refreshes >= renewals + 2), "two renewals", Deadline.Length);
        Assert.Equal((2 * SocketsPerPage, 0), (site.SocketsOf(0).Count + site.SocketsOf(1).Count, site.Issuer.Reuses));

        var begun = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        if (ends == "logs out in another tab")
        {
            var tab = await context.NewPageAsync();
            await tab.GotoAsync(new Uri(site.AddressOf(0, "https"), "/open/page").ToString());
            begun = await tab.EvaluateAsync<long>(
                """
                () => {
                  const form = document.body.appendChild(document.createElement('form'));
                  form.method = 'post';
                  form.action = '/auth/logout';
                  form.submit();
                  return Date.now();
                }
                """);
            await ArriveAsync(tab, new Uri(site.AddressOf(0, "https"), "/"));
            Assert.Single(site.Issuer.EndedSessions);
        }
        else
        {
            using var http = new HttpClient();
            using var form = new FormUrlEncodedContent([new("logout_token", site.Issuer.SignLogout(site.Issuer.SessionId))]);
            using var answer = await http.PostAsync(new Uri(site.B, "/auth/backchannel-logout"), form, TestContext.Current.CancellationToken);
            answer.EnsureSuccessStatusCode();
        }

        foreach (var (page, name) in new[] { (onA, "A"), (onB, "B") })
        {
            var closed = await page.EvaluateAsync<Closed[]>("() => Promise.all(window.ends)");
            Assert.Equal(Enumerable.Repeat(4004, SocketsPerPage), closed.Select(one => one.Code));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Sockets on gateway {name} closed {string.Join(", ", closed.Select(one => one.At - begun))} ms after."));
            Assert.Equal(401, await page.EvaluateAsync<int>("() => fetch('/api/x').then((answer) => answer.status)"));
        }
    }

    /// <summary>A page of one gateway, by way of the issuer where there is no session yet.</summary>
    private static async Task<IPage> OpenAsync(IBrowserContext context, SessionSite site, int gateway)
    {
        var page = await context.NewPageAsync();
        var address = new Uri(site.AddressOf(gateway, "https"), "/app/page").ToString();
        var answer = await page.GotoAsync(address);
        Assert.Equal((200, address), (answer!.Status, page.Url));
        Assert.Equal("h2", await page.EvaluateAsync<string>("() => performance.getEntriesByType('navigation')[0].nextHopProtocol"));
        return page;
    }

    /// <summary>Waits until a tab is where it is sent. The driver's own wait for an address is one for an event, which may have been before it was asked.</summary>
    private static Task ArriveAsync(IPage tab, Uri address) =>
        Eventually.IsAsync(_ => Task.FromResult(tab.Url == address.ToString()), $"the tab to be at {address}", Deadline.Length, () => $"It is at {tab.Url}.");

    private sealed record Closed
    {
        public int Code { get; init; }

        public long At { get; init; }
    }
}
