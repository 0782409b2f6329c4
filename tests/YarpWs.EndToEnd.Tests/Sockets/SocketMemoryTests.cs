using System.Text;
using Xunit;

namespace YarpWs.EndToEnd.Tests.Sockets;

/// <summary>What sockets cost that are stuck, and what those leave behind that are over. The memory is the whole process's, so nothing else runs.</summary>
[Collection(typeof(Alone))]
public sealed class SocketMemoryTests : IAsyncDisposable
{
    private static readonly byte[] Small = Frames.Of(Opcode.Binary, new byte[1000], isMasked: false);
    private static readonly byte[] Many = [.. Enumerable.Repeat(Small, 64).SelectMany(frame => frame)];

    private RawBackend? _backend;
    private WireGateway? _gateway;

    public async ValueTask DisposeAsync()
    {
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
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Tls)]
    [InlineData(Carrier.Http2)]
    public async Task Clients_ThatReadNothing_CostTheirBuffersAndNoMore(Carrier carrier)
    {
        const int Clients = 20;
        const long MostPerClient = 1 << 20;
        await StartAsync(FloodOrEchoAsync);
        await using var first = await _gateway!.ConnectAsync(carrier);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        List<WireClient> clients = [];
        for (var number = 0; number < Clients; number++)
        {
            clients.Add(await _gateway!.ConnectAsync(carrier));
            await clients[number].SendAsync(Opcode.Text, "flood"u8.ToArray());
        }

        await Eventually.IsAsync(
            _ => Task.FromResult(_gateway!.Sockets.All.Count(socket => socket.Client.Liveness.BlockedAt is not null) == Clients),
            "every flood to be held up",
            Deadline.Length);
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;

        TestContext.Current.TestOutputHelper!.WriteLine($"{Clients} clients that read nothing hold {grown:N0} bytes.");
        Assert.InRange(grown, long.MinValue, Clients * MostPerClient);
        foreach (var client in clients.Append(first))
        {
            await client.ResetAsync();
            await client.DisposeAsync();
        }

        await _gateway!.ExpectNothingLeftAsync(_backend!);
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Tls)]
    [InlineData(Carrier.Http2)]
    public async Task TwoHundredDeaths_LeaveNothingBehind(Carrier carrier)
    {
        const int Deaths = 200;
        const long Most = 1 << 20;
        await StartAsync(EchoOrDieAsync);
        await DieAsync(carrier, 20);

        // What is left behind is left in each round; buffers that a pool has come to keep are not.
        var least = long.MaxValue;
        for (var round = 0; round < 3; round++)
        {
            var before = GC.GetTotalMemory(forceFullCollection: true);
            await DieAsync(carrier, Deaths);
            least = Math.Min(least, GC.GetTotalMemory(forceFullCollection: true) - before);
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{Deaths} deaths left {least:N0} bytes.");
        Assert.InRange(least, long.MinValue, Most);
    }

    /// <summary>So many sockets end: by a reset, by an end inside a frame, by the backend's death inside one, and by its reset.</summary>
    private async Task DieAsync(Carrier carrier, int count)
    {
        for (var number = 0; number < count; number++)
        {
            await using var client = await _gateway!.ConnectAsync(carrier);
            await client.SendAsync(Opcode.Text, number % 4 == 2 ? "die"u8.ToArray() : number % 4 == 3 ? "reset"u8.ToArray() : "echo"u8.ToArray());
            if (number % 4 < 2)
            {
                Assert.Equal("echo"u8.ToArray(), (await client.ReadFrameAsync())?.Payload);
                await client.SendAsync(Frames.Of(Opcode.Binary, new byte[1000]).AsMemory(..500));
                await (number % 4 == 0 ? client.ResetAsync() : client.EndAsync());
            }
            else
            {
                Assert.Equal(1012, await client.ReadCloseAsync());
            }
        }

        await _gateway!.ExpectNothingLeftAsync(_backend!);
        _backend!.Connections.Clear();
    }

    private async Task StartAsync(Func<RawConnection, Task> behave)
    {
        _backend = new RawBackend(behave);
        _gateway = await WireGateway.StartAsync(_backend);
    }

    private static async Task FloodOrEchoAsync(RawConnection backend)
    {
        while (await backend.ReadFrameAsync() is { } frame)
        {
            await backend.SendAsync(frame.Unmasked());
            while (Encoding.ASCII.GetString(frame.Payload) == "flood")
            {
                await backend.SendAsync(Many);
            }
        }
    }

    private static async Task EchoOrDieAsync(RawConnection backend)
    {
        while (await backend.ReadFrameAsync() is { } frame)
        {
            switch (Encoding.ASCII.GetString(frame.Payload))
            {
                case "die":
                    await backend.SendAsync(Small.AsMemory(..500));
                    return;
                case "reset":
                    backend.Reset();
                    return;
                default:
                    await backend.SendAsync(frame.Unmasked());
                    break;
            }
        }
    }

    [CollectionDefinition(DisableParallelization = true)]
    public sealed class Alone;
}
