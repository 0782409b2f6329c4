using System.Buffers.Binary;
using YarpWs.Gateway.Sockets.Frames;
using YarpWs.Gateway.Tests.Sockets.Frames;

namespace YarpWs.Gateway.Tests.Sockets.Fuzz;

/// <summary>A kind of thing that one end may send.</summary>
internal enum Sent
{
    /// <summary>A message in one frame or several, with a ping between them or not.</summary>
    Message,
    Ping,
    Pong,

    /// <summary>A pong that answers a ping of the gateway's.</summary>
    Answer,
    Close,

    /// <summary>A frame that may not be sent.</summary>
    Fault,

    /// <summary>Bytes by chance.</summary>
    Garbage,
}

/// <summary>What the gateway does of its own.</summary>
internal enum Own
{
    Ping,
    Notice,
    Close,
    UrgentClose,
}

/// <param name="Kind">What it is.</param>
/// <param name="Lengths">Payload bytes of its frames.</param>
/// <param name="Flavour">Chooses among what there is of its kind.</param>
internal sealed record Piece(Sent Kind, int[] Lengths, int Flavour)
{
    public override string ToString() => $"{Kind}({string.Join("+", Lengths)};{Flavour})";
}

/// <param name="Read">Before which read of the lane, from 0.</param>
/// <param name="What">What is done.</param>
/// <param name="WhileBlocked">Whether the write that follows the read waits until it is done.</param>
internal sealed record Act(int Read, Own What, bool WhileBlocked)
{
    public override string ToString() => $"{What}@{Read}{(WhileBlocked ? " while blocked" : "")}";
}

/// <summary>Everything that happens to a lane and the sink behind it.</summary>
internal sealed record Traffic
{
    private static readonly int[] Codes = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999, 1005];

    public required bool FromClient { get; init; }

    public required WebSocketExtensions Extensions { get; init; }

    public required int WholeFrames { get; init; }

    public required Piece[] Pieces { get; init; }

    /// <summary>How many bytes come at once, in turn; all of them when there is none.</summary>
    public required int[] Reads { get; init; }

    public required Act[] Acts { get; init; }

    /// <summary>Bytes that are missing at the end, where the connection is lost.</summary>
    public required int Missing { get; init; }

    /// <summary>The bytes of all pieces.</summary>
    /// <param name="ping">Makes the payload of a new ping of the gateway's.</param>
    public byte[] Write(Func<long> ping)
    {
        byte[] bytes = [.. Pieces.SelectMany(piece => Write(piece, ping))];
        return bytes[..Math.Max(0, bytes.Length - Missing)];
    }

    public override string ToString() =>
        $"from {(FromClient ? "client" : "backend")}, {Extensions}, whole to {WholeFrames}: [{string.Join(", ", Pieces.AsEnumerable())}] less {Missing}; "
        + $"reads [{string.Join(", ", Reads)}]; acts [{string.Join(", ", Acts.AsEnumerable())}]";

    private IEnumerable<byte> Write(Piece piece, Func<long> ping) => piece.Kind switch
    {
        Sent.Message => WriteMessage(piece),
        Sent.Ping => WireFrame.Of(Opcode.Ping, Payload(Control(piece)), FromClient),
        Sent.Pong => WireFrame.Of(Opcode.Pong, Payload(Control(piece)), FromClient),
        Sent.Answer => WireFrame.Of(Opcode.Pong, Answer(ping()), FromClient),
        Sent.Close => Codes[piece.Flavour % Codes.Length] is var code && code == 1005
            ? WireFrame.Of(Opcode.Close, [], FromClient)
            : WireFrame.Closing(code, FromClient, new string('x', Control(piece) % 100)),
        Sent.Fault => WriteFault(piece.Flavour % 12),
        _ => WriteGarbage(piece),
    };

    private IEnumerable<byte> WriteMessage(Piece piece)
    {
        var rsv1 = Extensions == WebSocketExtensions.Deflate && (piece.Flavour & 4) != 0 ? 0x4 : 0;
        var opcode = (piece.Flavour & 2) != 0 ? Opcode.Text : Opcode.Binary;
        for (var i = 0; i < piece.Lengths.Length; i++)
        {
            var frame = WireFrame.Of(
                i == 0 ? opcode : Opcode.Continuation, Payload(piece.Lengths[i]), FromClient, last: i == piece.Lengths.Length - 1, reserved: i == 0 ? rsv1 : 0);
            var ping = i > 0 && (piece.Flavour & 1) != 0 ? WireFrame.Of(Opcode.Ping, Payload(3), FromClient) : [];
            foreach (var value in ping.Concat(frame))
            {
                yield return value;
            }
        }
    }

    private byte[] WriteFault(int kind) => kind switch
    {
        0 => WireFrame.Message("mask", !FromClient),
        1 => WireFrame.Of((Opcode)0x3, [1], FromClient),
        2 => WireFrame.Of((Opcode)0xF, [1], FromClient),
        3 => WireFrame.Of(Opcode.Text, [1], FromClient, reserved: 0x2),
        4 => WireFrame.Of(Opcode.Ping, [1], FromClient, reserved: 0x4),
        5 => WireFrame.Of(Opcode.Ping, [1], FromClient, last: false),
        6 => WireFrame.Of(Opcode.Ping, new byte[126], FromClient),
        7 => WireFrame.Of(Opcode.Continuation, [1], FromClient),
        8 => [.. WireFrame.Of(Opcode.Text, [1], FromClient, last: false), .. WireFrame.Message("inside", FromClient)],
        9 => WireFrame.Of(Opcode.Close, [3], FromClient),
        10 => WireFrame.Closing(1005, FromClient),
        _ => [0x82, (byte)((FromClient ? 0x80 : 0) | 126), 0, 5, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    };

    private static byte[] WriteGarbage(Piece piece)
    {
        var bytes = new byte[piece.Lengths[0]];
        new Random(piece.Flavour).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Never as long as a ping of the gateway's, by which those are told apart.</summary>
    private static int Control(Piece piece) => piece.Lengths[0] % 126 is var length && length == Gateway.Sockets.Liveness.PingPayloadSize ? length + 1 : length;

    private static byte[] Payload(int length) => [.. Enumerable.Range(0, length).Select(index => (byte)(index * 31))];

    private static byte[] Answer(long payload)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, payload);
        return bytes;
    }
}
