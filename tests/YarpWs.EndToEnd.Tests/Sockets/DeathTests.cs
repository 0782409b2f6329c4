using System.Text;
using Xunit;
using YarpWs.Gateway.Sockets;

namespace YarpWs.EndToEnd.Tests.Sockets;

/// <summary>One end of a socket dies, hangs or stops reading; the other is told, and nothing of the socket is left.</summary>
public sealed class DeathTests : IAsyncDisposable
{
    private const string Never = "00:10:00";
    private const string Soon = "00:00:00.500";

    private static readonly (string Key, string? Value)[] ImpatientWithBackends =
        [("Sockets:PingInterval", Soon), ("Sockets:BackendTimeout", Soon), ("Sockets:PongTimeout", Never), ("Sockets:CloseTimeout", Soon)];

    private static readonly (string Key, string? Value)[] ImpatientWithClients =
        [("Sockets:PingInterval", Soon), ("Sockets:PongTimeout", Soon), ("Sockets:BackendTimeout", Never), ("Sockets:CloseTimeout", Soon)];

    private static readonly byte[] Hello = Frames.Of(Opcode.Text, "hello"u8.ToArray(), isMasked: false);
    private static readonly byte[] Small = Frames.Of(Opcode.Binary, new byte[1000], isMasked: false);
    private static readonly byte[] Large = Frames.Of(Opcode.Binary, new byte[16 << 20], isMasked: false);

    private readonly TaskCompletionSource _turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RawBackend? _backend;
    private WireGateway? _gateway;

    public static MatrixTheoryData<Carrier, bool> CarriersAndResets => new(Enum.GetValues<Carrier>(), [false, true]);

    public async ValueTask DisposeAsync()
    {
        _turn.TrySetResult();
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        if (_backend is not null)
        {
            await _backend.DisposeAsync();
        }
    }

    [Theory]
    [MemberData(nameof(CarriersAndResets))]
    public async Task Backend_ThatDiesBetweenFrames_IsAClose(Carrier carrier, bool byReset)
    {
        await using var client = await ConnectAsync(carrier, backend => DieAfterAsync(backend, Hello, byReset));
        Assert.Equal("hello"u8.ToArray(), (await client.ReadFrameAsync())?.Payload);

        _turn.SetResult();

        Assert.Equal(1012, await client.ReadCloseAsync());
        await ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(CarriersAndResets))]
    public async Task Backend_ThatDiesInsideASmallFrame_IsAClose_AndTheFrameNeverWas(Carrier carrier, bool byReset)
    {
        await using var client = await ConnectAsync(carrier, backend => DieAfterAsync(backend, [.. Hello, .. Small[..900]], byReset));
        Assert.Equal("hello"u8.ToArray(), (await client.ReadFrameAsync())?.Payload);

        _turn.SetResult();

        var close = await client.ReadFrameAsync();
        Assert.Equal((Opcode.Close, 1012), (close?.Opcode, close?.CloseCode));
        await client.EndAsync();
        await ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(CarriersAndResets))]
    public async Task Backend_ThatDiesInsideALargeFrame_IsACut_AndCounted(Carrier carrier, bool byReset)
    {
        await using var client = await ConnectAsync(carrier, backend => DieAfterAsync(backend, [.. Hello, .. Large[..(1 << 20)]], byReset));
        Assert.Equal("hello"u8.ToArray(), (await client.ReadFrameAsync())?.Payload);
        var socket = await _gateway!.OnlySocketAsync();
        var reading = client.ReadCloseAsync();
        await Eventually.IsAsync(
            _ => Task.FromResult(socket.Backend.Frames.Bytes > 512 * 1024), "the gateway to be inside the frame", Deadline.Length);

        _turn.SetResult();

        Assert.Null(await reading);
        await ExpectNothingLeftAsync();
        Assert.Equal((Closer.None, CutReason.BackendLostInFrame), (socket.Closer, socket.CutFor));
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Tls)]
    [InlineData(Carrier.Http2)]
    public async Task Backend_ThatHangs_Is1013ToItsClient(Carrier carrier)
    {
        await using var client = await ConnectAsync(carrier, HangAsync, ImpatientWithBackends);

        Assert.Equal(1013, await client.ReadCloseAsync());

        await ExpectNothingLeftAsync(client);
    }

    [Theory]
    [InlineData(Carrier.Http1, false)]
    [InlineData(Carrier.Tls, false)]
    [InlineData(Carrier.Http2, false)]
    [InlineData(Carrier.Http1, true)]
    [InlineData(Carrier.Tls, true)]
    [InlineData(Carrier.Http2, true)]
    public async Task Backend_ThatReadsNothing_Is1013ToItsClient_WhetherItSendsOrNot(Carrier carrier, bool itSends)
    {
        await using var client = await ConnectAsync(carrier, itSends ? TalkAsync : HangAsync, ImpatientWithBackends);
        var sending = FloodAsync(client);

        RawFrame? frame;
        do
        {
            frame = await client.ReadFrameAsync();
        }
        while (frame is { Opcode: not Opcode.Close });

        Assert.Equal(1013, frame?.CloseCode);
        await ExpectNothingLeftAsync(client);
        await sending;
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Tls)]
    [InlineData(Carrier.Http2)]
    public async Task Client_ThatVanishes_IsCut(Carrier carrier)
    {
        await using var client = await ConnectAsync(carrier, backend => backend.ReadToEndAsync(), ImpatientWithClients);
        var socket = await _gateway!.OnlySocketAsync();

        await _backend!.Connections.Single().Ended.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);

        await ExpectNothingLeftAsync();
        Assert.Equal(CutReason.ClientDead, socket.CutFor);
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Tls)]
    [InlineData(Carrier.Http2)]
    public async Task Client_ThatReadsNothing_IsCut_AndOthersAreUndisturbed(Carrier carrier)
    {
        await using var client = await ConnectAsync(carrier, FloodOrEchoAsync, [.. ImpatientWithClients, ("Sockets:PongTimeout", "00:00:03")]);
        await using var other = await _gateway!.ConnectAsync(carrier);
        var socket = _gateway.Sockets.All.MinBy(socket => socket.Origin.Id)!;
        await client.SendAsync(Opcode.Text, "flood"u8.ToArray());

        for (var number = 0; socket.CutFor is null; number++)
        {
            var text = Encoding.ASCII.GetBytes($"echo {number}");
            await other.SendAsync(Opcode.Text, text);
            RawFrame? frame;
            while ((frame = await other.ReadFrameAsync()) is { Opcode: Opcode.Ping })
            {
                await other.SendAsync(Opcode.Pong, frame.Payload);
            }

            Assert.Equal(text, frame?.Payload);
            await Eventually.AgainAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(CutReason.ClientDead, socket.CutFor);
        await other.ResetAsync();
        await ExpectNothingLeftAsync();
    }

    public static MatrixTheoryData<Carrier, bool, bool> ClientEnds => new(Enum.GetValues<Carrier>(), [false, true], [false, true]);

    [Theory]
    [MemberData(nameof(ClientEnds))]
    public async Task Client_ThatEndsWithoutAClose_FreesBothSides(Carrier carrier, bool byReset, bool insideAFrame)
    {
        await using var client = await ConnectAsync(carrier, backend => backend.ReadToEndAsync());
        var frame = Frames.Of(Opcode.Binary, new byte[100_000]);
        await client.SendAsync(insideAFrame ? frame.AsMemory(..50_000) : frame);

        await (byReset ? client.ResetAsync() : client.EndAsync());

        await _backend!.Connections.Single().Ended.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
        await ExpectNothingLeftAsync();
    }

    private async Task<WireClient> ConnectAsync(Carrier carrier, Func<RawConnection, Task> behave, params (string Key, string? Value)[] settings)
    {
        _backend = new RawBackend(behave);
        _gateway = await WireGateway.StartAsync(_backend, settings);
        return await _gateway.ConnectAsync(carrier);
    }

    /// <summary>A backend that hangs keeps its connection, so it is let go first.</summary>
    private async Task ExpectNothingLeftAsync(WireClient? client = null)
    {
        if (client is not null)
        {
            await client.EndAsync();
        }

        _turn.TrySetResult();
        await _gateway!.ExpectNothingLeftAsync(_backend!);
    }

    private async Task DieAfterAsync(RawConnection backend, byte[] lastWords, bool byReset)
    {
        var dying = _turn.Task.ContinueWith(_ => (byReset ? (Action)backend.Reset : backend.Die)(), TaskScheduler.Default);
        await backend.SendAsync(lastWords);
        await dying;
    }

    private async Task HangAsync(RawConnection backend) => await _turn.Task;

    private async Task TalkAsync(RawConnection backend)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await timer.WaitForNextTickAsync())
        {
            await backend.SendAsync(Hello);
        }
    }

    private static async Task FloodOrEchoAsync(RawConnection backend)
    {
        while (await backend.ReadFrameAsync() is { } frame)
        {
            await backend.SendAsync(frame.Unmasked());
            while (Encoding.ASCII.GetString(frame.Payload) == "flood")
            {
                await backend.SendAsync(Small);
            }
        }
    }

    /// <summary>Sends until the connection ends.</summary>
    private static async Task FloodAsync(WireClient client)
    {
        var frame = Frames.Of(Opcode.Binary, new byte[60_000]);
        try
        {
            while (true)
            {
                await client.SendAsync(frame);
            }
        }
        catch (Exception exception) when (exception is IOException or TimeoutException)
        {
            // The gateway has cut it.
        }
    }
}
