using Microsoft.Playwright;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.EndToEnd.Tests.Demo;

namespace YarpWs.EndToEnd.Tests.Access;

/// <summary>What a page sees of its login: in a real browser, by the platform's own WebSocket and fetch.</summary>
public sealed class BrowserLoginTests
{
    /// <summary>Opens a socket as a page does; what it hears and how it ends can be waited for.</summary>
    private const string Script =
        """
        () => {
          window.open_ = (address, protocols) => new Promise((resolve) => {
            const socket = new WebSocket(address, protocols);
            const heard = new Promise((hear) => { socket.onmessage = ({ data }) => hear(data); });
            const closed = new Promise((close) => {
              socket.onclose = ({ code, reason }) => {
                close(`${code} ${reason}`);
                resolve({ refused: true });
              };
            });
            socket.onopen = () => resolve({ socket, heard, closed });
          });

          const base64Url = (text) => btoa(text).replaceAll('=', '').replaceAll('+', '-').replaceAll('/', '_');
          window.byToken = (room, token) => open_(
            `/ws/start/${room}`, ['attributed.yarpws.v1', 'base64url.bearer.authorization.k8s.io.' + base64Url(token)]);

          window.post = async (path, token, body) => (await fetch(path, {
            method: 'POST',
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
            body: JSON.stringify(body),
          })).json();
        }
        """;

    [Fact]
    public async Task Socket_EndsWithItsToken_AndGoesOnWithANewerOne()
    {
        await using var site = await DemoSite.StartAsync();
        var page = await OpenAsync(site);
        var (ann, ben) = (TwoGateways.User(), TwoGateways.User());

        var seen = await page.EvaluateAsync<string[]>(
            """
            async ([room, annsFirst, annsNext, bens]) => {
              const ann = await byToken(room, annsFirst);
              const ben = await byToken(room, bens);
              const { sockets } = await post('/auth/refresh', annsNext);
              const end = await ben.closed;
              ann.socket.send(JSON.stringify({ message: 'still here' }));
              return [`${sockets} renewed`, end, JSON.parse(await ann.heard).message];
            }
            """,
            new[] { TestCluster.Room(), TwoGateways.Sign(ann, expiresInSeconds: 8), TwoGateways.Sign(ann), TwoGateways.Sign(ben, expiresInSeconds: 8) });

        Assert.Equal(["1 renewed", "4003 the login has expired, log in again", "still here"], seen);
    }

    [Fact]
    public async Task Ticket_OpensTheSocketOfThePage_Once()
    {
        await using var site = await DemoSite.StartAsync();
        var page = await OpenAsync(site);

        var seen = await page.EvaluateAsync<string[]>(
            """
            async ([room, token]) => {
              const { ticket } = await post('/auth/ticket', token, { path: `/ws/start/${room}` });
              const first = await open_(`/ws/start/${room}?ticket=${ticket}`);
              first.socket.send(JSON.stringify({ message: 'by ticket' }));
              const second = await open_(`/ws/start/${room}?ticket=${ticket}`);
              return [await first.heard, second.refused ? 'refused' : 'open'];
            }
            """,
            new[] { TestCluster.Room(), TwoGateways.Sign(TwoGateways.User()) });

        Assert.Equal(["by ticket", "refused"], seen);
    }

    private static async Task<IPage> OpenAsync(DemoSite site)
    {
        var page = await site.OpenPageAsync();
        await page.EvaluateAsync(Script);
        return page;
    }
}
