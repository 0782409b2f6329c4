using Xunit;

namespace YarpWs.EndToEnd.Tests.Sockets;

/// <summary>Who breaks the protocol is told so, nothing of it reaches the other end, and that one is told what to do.</summary>
public sealed class ViolationTests(ViolationTests.Wire wire) : IClassFixture<ViolationTests.Wire>
{
    private readonly RawBackend _backend = wire.Backend;
    private readonly WireGateway _gateway = wire.Gateway;

    /// <summary>Frames that nobody may send; those of a client's are masked.</summary>
    private static readonly Dictionary<string, Func<bool, byte[]>> Faults = new()
    {
        ["mask"] = masked => Frames.Of(Opcode.Text, [1], isMasked: !masked),
        ["opcode 3"] = masked => Frames.Of((Opcode)0x3, [1], isMasked: masked),
        ["opcode 7"] = masked => Frames.Of((Opcode)0x7, [1], isMasked: masked),
        ["opcode 11"] = masked => Frames.Of((Opcode)0xB, [1], isMasked: masked),
        ["opcode 15"] = masked => Frames.Of((Opcode)0xF, [1], isMasked: masked),
        ["RSV1"] = masked => Frames.Of(Opcode.Text, [1], reserved: 4, isMasked: masked),
        ["RSV2"] = masked => Frames.Of(Opcode.Binary, [1], reserved: 2, isMasked: masked),
        ["RSV3 on a ping"] = masked => Frames.Of(Opcode.Ping, [1], reserved: 1, isMasked: masked),
        ["ping in fragments"] = masked => Frames.Of(Opcode.Ping, [1], isFinal: false, isMasked: masked),
        ["close in fragments"] = masked => Frames.Of(Opcode.Close, [3, 232], isFinal: false, isMasked: masked),
        ["long pong"] = masked => Frames.Of(Opcode.Pong, new byte[126], isMasked: masked),
        ["long close"] = masked => Frames.Of(Opcode.Close, new byte[70_000], isMasked: masked),
        ["continuation of nothing"] = masked => Frames.Of(Opcode.Continuation, [1], isMasked: masked),
        ["length in too many bytes"] = masked => [0x82, (byte)(126 | (masked ? 0x80 : 0)), 0, 5, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        ["length of a billion gigabytes"] = masked => [0x82, (byte)(127 | (masked ? 0x80 : 0)), 0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4],
        ["close of one byte"] = masked => Frames.Of(Opcode.Close, [3], isMasked: masked),
        ["close 999"] = masked => Frames.Of(Opcode.Close, [3, 231], isMasked: masked),
        ["close 1005"] = masked => Frames.Of(Opcode.Close, [3, 237], isMasked: masked),
        ["close 1006"] = masked => Frames.Of(Opcode.Close, [3, 238], isMasked: masked),
        ["close 1015"] = masked => Frames.Of(Opcode.Close, [3, 247], isMasked: masked),
        ["close 5000"] = masked => Frames.Of(Opcode.Close, [0x13, 0x88], isMasked: masked),
    };

    public static MatrixTheoryData<Carrier, string> All => new(Enum.GetValues<Carrier>(), Faults.Keys);

    [Theory]
    [MemberData(nameof(All))]
    public async Task OfAClient_Are1002_AndItsBackendHears1001(Carrier carrier, string fault)
    {
        await using var client = await _gateway.ConnectAsync(carrier);
        var good = Frames.Of(Opcode.Text, "good"u8.ToArray());
        await client.SendAsync((byte[])[.. good, .. Faults[fault](true), .. good]);

        Assert.Equal(1002, await client.ReadCloseAsync());

        await client.EndAsync();
        var backend = await ExpectEndAsync();
        Assert.Equal(good, backend.Received.ToArray()[..good.Length]);
        Assert.Equal((Opcode.Close, 1001), CloseBehind(backend, good.Length));
        await _gateway.ExpectNothingLeftAsync(_backend);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task OfABackend_Are1014ToItsClient_AndItHears1002(Carrier carrier, string fault)
    {
        await using var client = await _gateway.ConnectAsync(carrier);
        var question = Frames.Of(Opcode.Ping, System.Text.Encoding.ASCII.GetBytes(fault));
        await client.SendAsync(question);

        var answer = await client.ReadFrameAsync();
        Assert.Equal("good"u8.ToArray(), answer?.Payload);
        Assert.Equal(1014, await client.ReadCloseAsync());

        var backend = await ExpectEndAsync();
        Assert.Equal((Opcode.Close, 1002), CloseBehind(backend, question.Length));
        await _gateway.ExpectNothingLeftAsync(_backend);
    }

    /// <summary>A ping tells the backend which fault to commit.</summary>
    private static async Task BehaveAsync(RawConnection connection)
    {
        while (await connection.ReadFrameAsync() is { } frame)
        {
            if (frame.Opcode == Opcode.Ping)
            {
                var fault = Faults[System.Text.Encoding.ASCII.GetString(frame.Payload)](false);
                await connection.SendAsync((byte[])[.. Frames.Of(Opcode.Text, "good"u8.ToArray(), isMasked: false), .. fault]);
            }
            else if (frame.Opcode == Opcode.Close)
            {
                await connection.SendAsync(frame.Unmasked());
            }
        }
    }

    private async Task<RawConnection> ExpectEndAsync()
    {
        var connection = _backend.Connections.Last();
        await connection.Ended.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
        return connection;
    }

    private static (Opcode Opcode, int Code) CloseBehind(RawConnection connection, int start)
    {
        var frames = new FrameReader();
        frames.Add(connection.Received.ToArray().AsSpan(start));
        var frame = frames.Next();
        Assert.NotNull(frame);
        Assert.Null(frames.Next());
        return (frame.Opcode, frame.CloseCode);
    }

    public sealed class Wire() : WireFixture(BehaveAsync);
}
