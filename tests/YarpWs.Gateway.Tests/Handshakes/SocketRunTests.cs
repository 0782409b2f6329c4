using Microsoft.Extensions.DependencyInjection;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Tests.Forwarding;

namespace YarpWs.Gateway.Tests.Handshakes;

/// <summary>What becomes of a socket that could not be opened, after both ends have been taken from those who opened them.</summary>
public sealed class SocketRunTests
{
    private const string Ask = $"GET /open/x HTTP/1.1\r\nHost: a.example\r\n{RawGateway.Handshake}\r\n";

    [Fact]
    public async Task Socket_WhoseOpeningFails_IsClosedAtBothEnds_AndLeavesItsSlot()
    {
        await using var gateway = await RawGateway.StartAsync(("ReverseProxy:Routes:open:Metadata:Sockets.MaxSockets", "1"));
        var table = gateway.Services.GetRequiredService<SocketTable>();
        LiveSocket? failed = null;
        void Fail(LiveSocket socket)
        {
            failed = socket;
            throw new InvalidOperationException("a broken handler");
        }

        table.Added += Fail;
        using (var client = await gateway.ConnectAsync())
        {
            await client.SendAsync(Ask);
            using var backend = await gateway.Destination.AcceptAsync();
            await backend.AnswerAsync($"{RawGateway.Accepted}\r\n");
            await backend.ClosedAsync();
            await client.ReadHeadAsync();
            await client.CutAsync();
        }

        await gateway.Log.ExpectAsync(1900);
        Assert.True(failed!.IsOver);
        Assert.Equal(0, table.Count);
        await gateway.NoConnectionIsLeftAsync();

        // The route has room for one.
        table.Added -= Fail;
        using var next = await gateway.ConnectAsync();
        await next.SendAsync(Ask);
        using var taken = await gateway.Destination.AcceptAsync();
        await taken.AnswerAsync($"{RawGateway.Accepted}\r\n");
        Assert.StartsWith("HTTP/1.1 101 ", await next.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backend_ThatAcceptsAClientWhoHasGone_IsLeft()
    {
        await using var gateway = await RawGateway.StartAsync();
        var client = await gateway.ConnectAsync();
        await client.SendAsync(Ask);
        using var backend = await gateway.Destination.AcceptAsync();

        client.Dispose();
        try
        {
            await backend.AnswerAsync($"{RawGateway.Accepted}\r\n");
            Assert.Equal(0, await backend.Connection.ReadAsync(new byte[1], Deadline.Token()));
        }
        catch (IOException)
        {
            // It was left before it accepted.
        }

        await gateway.NoConnectionIsLeftAsync();
    }
}
