using System.Net;
using YarpWs.Tests.Support.WebSockets;

namespace YarpWs.Gateway.Tests.Edge.Http2;

/// <summary>What one stream of an HTTP/2 connection holds unread takes nothing from the others (RFC 9113, section 5.2.2).</summary>
public sealed class WindowTests : IAsyncLifetime
{
    private static readonly byte[] Message = Frames.FromClient(Opcode.Text, "hello"u8);

    private readonly string _token = Tokens.For("ann");
    private Destination _destination = null!;

    public async ValueTask InitializeAsync() => _destination = await Destination.StartAsync();

    public ValueTask DisposeAsync() => _destination.DisposeAsync();

    [Fact]
    public async Task SocketsThatNobodyReads_HoldNoOther()
    {
        await using var gateway = await StartAsync();
        await using var client = await ConnectAsync(gateway);
        for (var i = 0; i < 5; i++)
        {
            await FillAsync(await HeldBackAsync(client), client.StreamWindow);
        }

        await EchoAsync(await OpenAsync(client, "/ws/start/blue"));
    }

    /// <summary>Also not when all others are full, and however much it sends: the server opens the connection's window late.</summary>
    [Fact]
    public async Task OneSocket_SendsManyWindows_WhileAllOthersAreFull()
    {
        await using var gateway = await StartAsync(("Edge:Http2Streams", "10"), ("Edge:Http2StreamWindowBytes", "65535"));
        await using var client = await ConnectAsync(gateway);
        for (var i = 1; i < client.MaxStreams; i++)
        {
            await FillAsync(await HeldBackAsync(client), client.StreamWindow);
        }

        var socket = await OpenAsync(client, "/ws/start/blue");
        var message = Frames.FromClient(Opcode.Binary, new byte[60_000]);
        for (var i = 0; i < 100; i++)
        {
            await socket.SendAsync(message, Deadline.Token());
            await socket.ReadAsync(60_000, Deadline.Token());
        }
    }

    [Fact]
    public async Task StreamsAndWindow_AreWhatTheSettingsSay()
    {
        await using var gateway = await StartAsync(("Edge:Http2Streams", "7"), ("Edge:Http2StreamWindowBytes", "100000"));
        await using var client = await ConnectAsync(gateway);

        Assert.Equal((7, 100_000), (client.MaxStreams, client.StreamWindow));
    }

    [Theory]
    [InlineData("Edge:Http2Streams", "0")]
    [InlineData("Edge:Http2StreamWindowBytes", "65534")]
    [InlineData("Edge:Http2StreamWindowBytes", "16777216")]
    public async Task SettingsOutOfBounds_StopTheStart_AndAreNamed(string key, string value)
    {
        var refusal = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync((key, value)));

        Assert.Contains(key, refusal.Message, StringComparison.Ordinal);
    }

    private Task<TestGateway> StartAsync(params (string Key, string? Value)[] settings) => TestGateway.StartAsync(_destination, _destination,
    [
        ("Kestrel:Endpoints:Http:Protocols", "Http2"),
        ("ReverseProxy:Routes:slow:ClusterId", "backend"),
        ("ReverseProxy:Routes:slow:AuthorizationPolicy", "default"),
        ("ReverseProxy:Routes:slow:Match:Path", "/slow/{**rest}"),
        ("ReverseProxy:Routes:slow:Metadata:Sockets.BytesPerSecond", "0.01 burst 1"),
        .. settings,
    ]);

    private static Task<Http2Wire> ConnectAsync(TestGateway gateway) => Http2Wire.ConnectAsync(new IPEndPoint(IPAddress.Loopback, gateway.Public.Port), Deadline.Token());

    private async Task<Http2WireStream> OpenAsync(Http2Wire client, string path)
    {
        var socket = await client.OpenSocketAsync(path, ("authorization", "Bearer " + _token));
        Assert.Equal(200, await socket.Status.WaitAsync(Deadline.Token()));
        return socket;
    }

    /// <summary>A socket from which nothing more is read after its first message.</summary>
    private async Task<Http2WireStream> HeldBackAsync(Http2Wire client)
    {
        var socket = await OpenAsync(client, "/slow/blue");
        await EchoAsync(socket);
        return socket;
    }

    private static async Task EchoAsync(Http2WireStream socket)
    {
        await socket.SendAsync(Message, Deadline.Token());
        Assert.Equal("hello"u8.ToArray(), (await socket.ReadAsync(7, Deadline.Token()))[2..]);
    }

    /// <summary>Sends all that the window of the stream lets through, which is not opened again.</summary>
    private static Task FillAsync(Http2WireStream socket, int window) => socket.SendAsync(new byte[window - Message.Length], Deadline.Token());
}
