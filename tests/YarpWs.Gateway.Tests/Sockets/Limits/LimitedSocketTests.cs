using System.Net.WebSockets;
using System.Text;

namespace YarpWs.Gateway.Tests.Sockets.Limits;

/// <summary>What a client may send, through a whole gateway.</summary>
public sealed class LimitedSocketTests : IAsyncLifetime
{
    private Destination _destination = null!;

    public async ValueTask InitializeAsync() => _destination = await Destination.StartAsync();

    public ValueTask DisposeAsync() => _destination.DisposeAsync();

    private Task<TestGateway> StartAsync(params (string Key, string? Value)[] settings) => TestGateway.StartAsync(_destination, _destination, settings);

    private static Task<ClientWebSocket> ConnectAsync(TestGateway gateway, string user = "ann") =>
        gateway.ConnectAsync("/ws/start/blue", options => options.SetRequestHeader("Authorization", "Bearer " + Tokens.For(user)));

    private static Task SendAsync(ClientWebSocket socket, string text, bool isEnd = true) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, isEnd, Deadline.Token());

    private static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        var buffer = new byte[1024];
        var received = await socket.ReceiveAsync(buffer, Deadline.Token());
        return received.MessageType == WebSocketMessageType.Close
            ? $"{(int)received.CloseStatus!.Value} {received.CloseStatusDescription}"
            : Encoding.UTF8.GetString(buffer, 0, received.Count);
    }

    [Fact]
    public async Task Message_ThatIsTooBig_IsClosedWith1009_AndNothingOfItArrives()
    {
        await using var gateway = await StartAsync(("Sockets:MaxMessageBytes", "10"));
        using var socket = await ConnectAsync(gateway);

        await SendAsync(socket, "0123456789");
        Assert.Equal("0123456789", await ReceiveAsync(socket));
        await SendAsync(socket, "01234567890");

        Assert.Equal("1009 a message is too big", await ReceiveAsync(socket));
        await socket.CloseOutputAsync(WebSocketCloseStatus.MessageTooBig, null, Deadline.Token());
        var line = await gateway.Log.ExpectAsync(1902);
        Assert.Contains("close code 1009, closed by Gateway;", line, StringComparison.Ordinal);
        Assert.Contains("1 messages in, 1 messages out", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Message_ThatGrowsTooBig_IsClosedWith1009()
    {
        await using var gateway = await StartAsync(("ReverseProxy:Routes:ws:Metadata:Sockets.MaxMessageBytes", "10"));
        using var socket = await ConnectAsync(gateway);

        await SendAsync(socket, "01234567", isEnd: false);
        Assert.Equal("01234567", await ReceiveAsync(socket));
        await SendAsync(socket, "89a");

        Assert.Equal("1009 a message is too big", await ReceiveAsync(socket));
    }

    [Fact]
    public async Task Client_ThatSendsTooFast_IsClosedWith1008_WhereTheSettingsSaySo()
    {
        await using var gateway = await StartAsync(("Sockets:MessagesPerSecond", "0.01 burst 3"), ("Sockets:OverRate", "Close"));
        using var socket = await ConnectAsync(gateway);

        // One by one: what a single read brings is counted together.
        for (var i = 0; i < 3; i++)
        {
            await SendAsync(socket, $"{i}");
            Assert.Equal($"{i}", await ReceiveAsync(socket));
        }

        await SendAsync(socket, "too many");

        string last;
        do
        {
            last = await ReceiveAsync(socket);
        }
        while (last == "too many");
        Assert.Equal("1008 too many messages or bytes per second", last);
    }

    [Fact]
    public async Task Client_ThatIsSlowedDown_LosesNothing_AndIsNotTakenForDead()
    {
        await using var gateway = await StartAsync(
            ("Sockets:MessagesPerSecond", "0.15 burst 1"), ("Sockets:PingInterval", "00:00:00.500"), ("Sockets:PongTimeout", "00:00:04"));
        using var socket = await ConnectAsync(gateway);

        for (var i = 0; i < 2; i++)
        {
            await SendAsync(socket, $"{i}");
            Assert.Equal($"{i}", await ReceiveAsync(socket));
        }

        Assert.Contains("Limit MessagesPerSecond of route ws has been reached; what is beyond it is delayed", await gateway.Log.ExpectAsync(1320), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_ThatIsSlowedDown_HearsThatTheGatewayStops()
    {
        await using var gateway = await StartAsync(("Sockets:BytesPerSecond", "1 burst 1"));
        using var socket = await ConnectAsync(gateway);
        await SendAsync(socket, new string('x', 1000));
        await gateway.Log.ExpectAsync(1320);

        var stopping = gateway.StopAsync();
        string last;
        do
        {
            last = await ReceiveAsync(socket);
        }
        while (last[0] == 'x');
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Deadline.Token());
        await stopping.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);

        Assert.Equal("1012 the gateway restarts, come back", last);
        Assert.Contains("close code 1012, closed by Gateway;", await gateway.Log.ExpectAsync(1902), StringComparison.Ordinal);
    }
}
