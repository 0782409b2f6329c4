using System.Net.WebSockets;

namespace YarpWs.Gateway.Tests.Sockets;

/// <summary>A socket lives no longer than the login that opened it, and no longer than its client.</summary>
public sealed class LoginTests : IAsyncLifetime
{
    private Destination _a = null!;
    private Destination _b = null!;

    public async ValueTask InitializeAsync()
    {
        _a = await Destination.StartAsync();
        _b = await Destination.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Fact]
    public async Task Socket_IsClosedWhenItsTokenExpires()
    {
        await using var gateway = await TestGateway.StartAsync(_a, _b);
        using var socket = await ConnectAsync(gateway, expiresIn: TimeSpan.FromSeconds(5));

        var closed = await socket.ReceiveAsync(new byte[64], Deadline.Token());

        Assert.Equal((WebSocketMessageType.Close, 4003), (closed.MessageType, (int)closed.CloseStatus!.Value));
        await socket.CloseOutputAsync((WebSocketCloseStatus)4003, null, Deadline.Token());
        Assert.Contains("close code 4003, closed by Gateway;", await gateway.Log.ExpectAsync(1902), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_ThatAnswersPings_IsKept_AndOneThatDoesNotIsCut()
    {
        await using var gateway = await TestGateway.StartAsync(_a, _b, ("Sockets:PingInterval", "00:00:00.500"), ("ReverseProxy:Routes:ws:Metadata:Sockets.PongTimeout", "00:00:03"));
        using var alive = await ConnectAsync(gateway, TimeSpan.FromHours(1));
        using var dead = await ConnectAsync(gateway, TimeSpan.FromHours(1));

        // The platform's client answers pings only while it receives.
        var receiving = alive.ReceiveAsync(new byte[64], Deadline.Token());
        Assert.Contains("close code -, closed by None;", await gateway.Log.ExpectAsync(1902), StringComparison.Ordinal);

        Assert.False(receiving.IsCompleted);
        Assert.Equal(WebSocketState.Open, alive.State);
    }

    private static Task<ClientWebSocket> ConnectAsync(TestGateway gateway, TimeSpan expiresIn) =>
        gateway.ConnectAsync("/ws/start/blue", options =>
            options.SetRequestHeader("Authorization", "Bearer " + Tokens.For("ann", expiresIn: expiresIn)));
}
