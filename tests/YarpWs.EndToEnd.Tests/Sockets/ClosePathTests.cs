using System.Text;
using Xunit;
using YarpWs.Gateway.Sockets;

namespace YarpWs.EndToEnd.Tests.Sockets;

/// <summary>
/// Every way in which a socket can end, with both ends answering as RFC 6455 has it (sections 5.5.1, 7.1.1 and 7.1.7): both connections are over without a wait for any of the
/// gateway's bounds. Sockets:CloseTimeout is longer here than a test may take.
/// </summary>
public sealed class ClosePathTests(ClosePathTests.Wire wire) : IClassFixture<ClosePathTests.Wire>
{
    private static readonly byte[] Bad = Frames.Of(Opcode.Text, [1], reserved: 2);

    private static readonly Dictionary<string, Func<ClosePathTests, WireClient, Task>> Paths = new()
    {
        ["the client closes"] = async (_, client) =>
        {
            await client.SendAsync(Opcode.Close, [3, 232]);
            Assert.Equal(1000, (await client.ReadFrameAsync())?.CloseCode);
        },
        ["the client closes without a code"] = async (_, client) =>
        {
            await client.SendAsync(Opcode.Close, []);
            Assert.Equal(Opcode.Close, (await client.ReadFrameAsync())?.Opcode);
        },
        ["the client closes and ends"] = async (_, client) =>
        {
            await client.SendAsync(Opcode.Close, [3, 232]);
            await client.EndAsync();
        },
        ["the client ends"] = async (_, client) =>
        {
            await client.SendAsync(Opcode.Text, "echo"u8.ToArray());
            await client.EndAsync();
        },
        ["the client ends inside a frame"] = async (_, client) =>
        {
            await client.SendAsync(Frames.Of(Opcode.Binary, new byte[900]).AsMemory(..500));
            await client.EndAsync();
        },
        ["the client is reset"] = (_, client) => client.ResetAsync(),
        ["the client exits"] = (_, client) =>
        {
            client.Exit();
            return Task.CompletedTask;
        },
        ["the client breaks the protocol and answers"] = (_, client) => FaultAsync(client, Bad, 1002),
        ["the client breaks the protocol and ends"] = async (_, client) =>
        {
            await client.SendAsync(Bad);
            Assert.Equal(1002, (await client.ReadFrameAsync())?.CloseCode);
            await client.EndAsync();
        },
        ["the client breaks the protocol by its close frame"] = async (_, client) =>
        {
            await client.SendAsync(Opcode.Close, [3]);
            Assert.Equal(1002, (await client.ReadFrameAsync())?.CloseCode);
            await client.EndAsync();
        },
        ["the client sends too much at once"] = (_, client) => FaultAsync(client, Frames.Of(Opcode.Binary, new byte[1001]), 1009),
        ["the client sends too fast"] = (_, client) =>
            FaultAsync(client, [.. Enumerable.Range(0, 30).SelectMany(_ => Frames.Of(Opcode.Text, "nothing"u8.ToArray()))], 1008),
        ["the backend closes"] = (_, client) => AskAsync(client, "close", 4100),
        ["the backend dies"] = (_, client) => AskAsync(client, "die", 1012),
        ["the backend is reset"] = (_, client) => AskAsync(client, "reset", 1012),
        ["the backend breaks the protocol"] = (_, client) => AskAsync(client, "break", 1014),
        ["the gateway closes"] = async (test, client) =>
        {
            (await test._gateway.OnlySocketAsync()).Close(SocketClose.ServiceRestart);
            Assert.Equal(1012, await client.ReadCloseAsync());
        },
        ["the gateway closes and the client ends"] = async (test, client) =>
        {
            (await test._gateway.OnlySocketAsync()).Close(SocketClose.TokenExpired);
            Assert.Equal(4003, (await client.ReadFrameAsync())?.CloseCode);
            await client.EndAsync();
        },
    };

    private readonly WireGateway _gateway = wire.Gateway;
    private readonly RawBackend _backend = wire.Backend;

    public static MatrixTheoryData<Carrier, string> All => new(Enum.GetValues<Carrier>(), Paths.Keys);

    [Theory]
    [MemberData(nameof(All))]
    public async Task Path_EndsBothConnections_WhenTheOtherSideAnswers(Carrier carrier, string path)
    {
        await using var client = await _gateway.ConnectAsync(carrier);
        var backend = _backend.Connections.Last();

        await Paths[path](this, client);

        if (!path.EndsWith("reset", StringComparison.Ordinal) && !path.EndsWith("exits", StringComparison.Ordinal))
        {
            await client.ReadToEndAsync();
        }

        await backend.Ended.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
        await _gateway.ExpectNothingLeftAsync(_backend);
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Http2)]
    [InlineData(Carrier.Tls)]
    [InlineData(Carrier.Http2OverTls)]
    public async Task Message_ThatCameInOnePieceWithABadFrame_IsAnswered_BeforeThe1002(Carrier carrier)
    {
        await using var client = await _gateway.ConnectAsync(carrier);

        await client.SendAsync((byte[])[.. Frames.Of(Opcode.Text, "echo"u8.ToArray()), .. Bad]);

        Assert.Equal("echo", Encoding.UTF8.GetString((await client.ReadFrameAsync())!.Payload));
        Assert.Equal(1002, await client.ReadCloseAsync());
        await client.ReadToEndAsync();
        await _gateway.ExpectNothingLeftAsync(_backend);
    }

    private static async Task FaultAsync(WireClient client, byte[] bytes, int code)
    {
        await client.SendAsync(bytes);
        Assert.Equal(code, await client.ReadCloseAsync());
    }

    private static async Task AskAsync(WireClient client, string what, int code)
    {
        await client.SendAsync(Opcode.Text, Encoding.ASCII.GetBytes(what));
        Assert.Equal(code, await client.ReadCloseAsync());
    }

    /// <summary>Does what it is asked, and answers a close frame.</summary>
    private static async Task BehaveAsync(RawConnection connection)
    {
        while (await connection.ReadFrameAsync() is { } frame)
        {
            switch (Encoding.ASCII.GetString(frame.Payload))
            {
                case var _ when frame.Opcode == Opcode.Close:
                    await connection.SendAsync(frame.Unmasked());
                    return;
                case "echo":
                    await connection.SendAsync(frame.Unmasked());
                    break;
                case "close":
                    await connection.SendAsync(Frames.Of(Opcode.Close, [0x10, 0x04], isMasked: false));
                    await connection.ReadFrameAsync();
                    return;
                case "die":
                    return;
                case "reset":
                    connection.Reset();
                    return;
                case "break":
                    await connection.SendAsync(Frames.Of(Opcode.Text, [1], reserved: 2, isMasked: false));
                    break;
            }
        }
    }

    public sealed class Wire() : WireFixture(
        BehaveAsync,
        ("Sockets:CloseTimeout", "00:01:00"),
        ("Sockets:MaxMessageBytes", "1000"),
        ("Sockets:MessagesPerSecond", "10"),
        ("Sockets:OverRate", "Close"));
}
