using System.Net;
using System.Net.Sockets;
using System.Text;

namespace YarpWs.Gateway.Tests.Edge;

public sealed class ListenersTests : IAsyncLifetime
{
    private Destination _a = null!;
    private Destination _b = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _a = await Destination.StartAsync();
        _b = await Destination.StartAsync();
        _gateway = await TestGateway.StartAsync(_a, _b, ("Edge:MaxConnections", "1"));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Fact]
    public async Task Connection_BeyondTheLimit_IsClosedUnanswered_AndTheAdminPortAnswers()
    {
        using var first = await OpenAsync();
        Assert.StartsWith("HTTP/1.1 200 ", await AskAsync(first), StringComparison.Ordinal);

        using var second = await OpenAsync();
        Assert.Empty(await AskAsync(second));

        using var alive = await _gateway.Http.GetAsync(new Uri(_gateway.Admin, "/livez"), Deadline.Token());
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
        Assert.StartsWith("HTTP/1.1 200 ", await AskAsync(first), StringComparison.Ordinal);
    }

    [Fact]
    public async Task UpgradedConnection_CountsNoLonger()
    {
        using var socket = await _gateway.ConnectAsync("/ws/start/blue", options => options.SetRequestHeader("Authorization", "Bearer " + Tokens.For("ann")));

        using var other = await OpenAsync();
        Assert.StartsWith("HTTP/1.1 200 ", await AskAsync(other), StringComparison.Ordinal);

        // Its end gives nothing back a second time.
        socket.Abort();
        await _gateway.Log.ExpectAsync(1902);
        using var third = await OpenAsync();
        Assert.Empty(await AskAsync(third));
    }

    private async Task<TcpClient> OpenAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _gateway.Public.Port, Deadline.Token());
        return client;
    }

    /// <summary>The answer to its last chunk; empty when the connection was closed instead.</summary>
    private static async Task<string> AskAsync(TcpClient client)
    {
        var buffer = new byte[4096];
        var answer = "";
        try
        {
            await client.GetStream().WriteAsync("GET /demo/a HTTP/1.1\r\nHost: chat.example\r\n\r\n"u8.ToArray(), Deadline.Token());
            while (!answer.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal) && await client.GetStream().ReadAsync(buffer, Deadline.Token()) is > 0 and var count)
            {
                answer += Encoding.ASCII.GetString(buffer, 0, count);
            }

            return answer;
        }
        catch (IOException)
        {
            return "";
        }
    }
}
