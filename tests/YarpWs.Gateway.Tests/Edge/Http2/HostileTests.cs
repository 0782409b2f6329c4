using System.Net;
using YarpWs.Tests.Support.WebSockets;

namespace YarpWs.Gateway.Tests.Edge.Http2;

/// <summary>Clients that break HTTP/2, or do what it allows without end: others are served meanwhile, and what cannot go on is ended.</summary>
public sealed class HostileTests : IAsyncLifetime
{
    private const int FlowControlError = 3;

    private readonly string _token = Tokens.For("ann");
    private Destination _destination = null!;
    private TestGateway _gateway = null!;
    private Http2Wire _bystander = null!;
    private Http2WireStream _socket = null!;

    public async ValueTask InitializeAsync()
    {
        _destination = await Destination.StartAsync();
        _gateway = await TestGateway.StartAsync(
            _destination,
            _destination,
            ("Kestrel:Endpoints:Http:Protocols", "Http2"),
            ("ReverseProxy:Routes:api:AuthorizationPolicy", "anonymous"),
            ("Logging:LogLevel:Default", "Warning"),
            ("Logging:LogLevel:Microsoft.AspNetCore", "Warning"),
            ("Logging:LogLevel:Yarp.ReverseProxy", "Warning"),
            ("Logging:LogLevel:System.Net.Http", "Warning"));
        _bystander = await ConnectAsync();
        _socket = await OpenSocketAsync(_bystander);
    }

    public async ValueTask DisposeAsync()
    {
        await _bystander.DisposeAsync();
        await _gateway.DisposeAsync();
        await _destination.DisposeAsync();
    }

    /// <summary>Streams that are reset as soon as they are opened (CVE-2023-44487).</summary>
    [Fact]
    public async Task RapidResets_HoldNobodyUp()
    {
        await using var client = await ConnectAsync();

        await FloodAsync(client, 2_000, async () =>
        {
            var stream = await client.OpenAsync("GET", "/api/x", hasBody: false);
            await stream.ResetAsync(8);
        });
    }

    /// <summary>The same of sockets, each of which would go on to a destination.</summary>
    [Fact]
    public async Task RapidResetsOfSockets_HoldNobodyUp()
    {
        await using var client = await ConnectAsync();

        await FloodAsync(client, 500, async () =>
        {
            var stream = await client.OpenSocketAsync("/ws/start/blue", ("authorization", "Bearer " + _token));
            await stream.ResetAsync(8);
        });
    }

    [Fact]
    public async Task Pings_HoldNobodyUp()
    {
        await using var client = await ConnectAsync();

        await FloodAsync(client, 20_000, () => client.SendAsync(Http2Wire.Ping, 0, 0, new byte[8]));
    }

    [Fact]
    public async Task Settings_HoldNobodyUp()
    {
        await using var client = await ConnectAsync();

        await FloodAsync(client, 20_000, () => client.SendAsync(Http2Wire.Settings, 0, 0, ReadOnlyMemory<byte>.Empty));
    }

    [Fact]
    public async Task EmptyData_HoldsNoOtherStreamUp()
    {
        await using var client = await ConnectAsync();
        var stream = await OpenSocketAsync(client);

        await FloodAsync(client, 20_000, () => client.SendAsync(Http2Wire.Data, 0, stream.Id, ReadOnlyMemory<byte>.Empty));

        await EchoAsync(stream);
    }

    [Fact]
    public async Task HeadersWithoutEnd_EndTheConnection_OnceTheyAreTooMany()
    {
        await using var client = await ConnectAsync();
        await client.SendAsync(Http2Wire.Headers, 0, 1, Http2Wire.Block((":method", "GET")));
        var more = Http2Wire.Block(("x-more", new string('x', 16_000)));

        await FloodAsync(client, 100, () => client.SendAsync(Http2Wire.Continuation, 0, 1, more));

        await client.Ended.WaitAsync(Deadline.Token());
    }

    [Fact]
    public async Task HeadersBeyondTheBound_Are431_OnTheirStreamAlone()
    {
        await using var client = await ConnectAsync();
        var other = await OpenSocketAsync(client);

        var large = new string('x', 12_000);
        var good = await client.OpenAsync("GET", "/api/x", hasBody: false, ("x-one", large), ("x-two", large));
        var bad = await client.OpenAsync("GET", "/api/x", hasBody: false, ("x-one", large), ("x-two", large), ("x-three", large));

        Assert.Equal((200, 431), (await good.Status.WaitAsync(Deadline.Token()), await bad.Status.WaitAsync(Deadline.Token())));
        await EchoAsync(other);
    }

    [Fact]
    public async Task WindowOfTheConnectionBeyondItsBound_EndsTheConnection()
    {
        await using var client = await ConnectAsync();

        await client.SendAsync(Http2Wire.WindowUpdate, 0, int.MaxValue);

        Assert.Equal(FlowControlError, (await client.WentAway.WaitAsync(Deadline.Token())).Code);
        await EchoAsync(_socket);
    }

    [Fact]
    public async Task WindowOfAStreamBeyondItsBound_EndsTheStreamAlone()
    {
        await using var client = await ConnectAsync();
        var stream = await OpenSocketAsync(client);
        var other = await OpenSocketAsync(client);

        await client.SendAsync(Http2Wire.WindowUpdate, stream.Id, int.MaxValue);

        Assert.Equal(FlowControlError, await stream.Ended.WaitAsync(Deadline.Token()));
        await EchoAsync(other);
    }

    [Fact]
    public async Task DataBeyondTheWindow_EndsTheConnection()
    {
        await using var client = await ConnectAsync();
        _destination.Hangs = true;
        var stream = await client.OpenSocketAsync("/ws/start/blue", ("authorization", "Bearer " + _token));

        await FloodAsync(client, (client.StreamWindow / Http2Wire.MaxFrame) + 1, () => client.SendAsync(Http2Wire.Data, 0, stream.Id, new byte[Http2Wire.MaxFrame]));

        Assert.Equal(FlowControlError, (await client.WentAway.WaitAsync(Deadline.Token())).Code);
    }

    private IPEndPoint Server => new(IPAddress.Loopback, _gateway.Public.Port);

    private Task<Http2Wire> ConnectAsync() => Http2Wire.ConnectAsync(Server, Deadline.Token());

    /// <summary>Does it so many times, or until the gateway has enough, and has the bystander served in between and afterwards.</summary>
    private async Task FloodAsync(Http2Wire client, int times, Func<Task> one)
    {
        for (var i = 0; i < times && !client.Ended.IsCompleted; i++)
        {
            try
            {
                await one();
            }
            catch (IOException)
            {
                break;
            }

            if (i % (times / 4) == 0)
            {
                await EchoAsync(_socket);
            }
        }

        await EchoAsync(_socket);
    }

    private async Task<Http2WireStream> OpenSocketAsync(Http2Wire client)
    {
        var socket = await client.OpenSocketAsync("/ws/start/blue", ("authorization", "Bearer " + _token));
        Assert.Equal(200, await socket.Status.WaitAsync(Deadline.Token()));
        await EchoAsync(socket);
        return socket;
    }

    private static async Task EchoAsync(Http2WireStream socket)
    {
        await socket.SendAsync(Frames.FromClient(Opcode.Text, "hello"u8), Deadline.Token());
        Assert.Equal("hello"u8.ToArray(), (await socket.ReadAsync(7, Deadline.Token()))[2..]);
    }
}
