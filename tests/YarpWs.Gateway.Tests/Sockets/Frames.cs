using System.Buffers.Binary;
using System.Text;

namespace YarpWs.Gateway.Tests.Sockets;

/// <summary>Writes WebSocket frames as RFC 6455 draws them.</summary>
internal static class Frames
{
    public const int Continuation = 0x0;
    public const int Text = 0x1;
    public const int Binary = 0x2;
    public const int Close = 0x8;
    public const int Ping = 0x9;

    private static readonly byte[] Mask = [0x37, 0xfa, 0x21, 0x3d];

    public static byte[] Of(int opcode, byte[] payload, bool masked, bool last = true)
    {
        var frame = new List<byte> { (byte)((last ? 0x80 : 0) | opcode) };
        var maskBit = masked ? 0x80 : 0;
        switch (payload.Length)
        {
            case < 126:
                frame.Add((byte)(maskBit | payload.Length));
                break;
            case <= ushort.MaxValue:
                frame.Add((byte)(maskBit | 126));
                frame.AddRange(BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness((ushort)payload.Length)));
                break;
            default:
                frame.Add((byte)(maskBit | 127));
                frame.AddRange(BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness((long)payload.Length)));
                break;
        }

        if (masked)
        {
            frame.AddRange(Mask);
        }

        frame.AddRange(payload.Select((value, index) => masked ? (byte)(value ^ Mask[index % 4]) : value));
        return [.. frame];
    }

    public static byte[] Message(string text, bool masked) => Of(Text, Encoding.UTF8.GetBytes(text), masked);

    public static byte[] Closing(int code, bool masked, string reason = "") =>
        Of(Close, [(byte)(code >> 8), (byte)code, .. Encoding.UTF8.GetBytes(reason)], masked);
}
