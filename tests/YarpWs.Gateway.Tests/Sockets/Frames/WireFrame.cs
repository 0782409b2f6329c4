using System.Buffers.Binary;
using System.Text;
using YarpWs.Gateway.Sockets.Frames;

namespace YarpWs.Gateway.Tests.Sockets.Frames;

/// <summary>Writes WebSocket frames as RFC 6455 draws them, good ones and bad ones.</summary>
internal static class WireFrame
{
    private static readonly byte[] Mask = [0x37, 0xfa, 0x21, 0x3d];

    public static byte[] Of(Opcode opcode, byte[] payload, bool masked, bool last = true, int reserved = 0)
    {
        var frame = new List<byte> { (byte)((last ? 0x80 : 0) | (reserved << 4) | (int)opcode) };
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

    public static byte[] Message(string text, bool masked) => Of(Opcode.Text, Encoding.UTF8.GetBytes(text), masked);

    public static byte[] Closing(int code, bool masked, string reason = "") =>
        Of(Opcode.Close, [(byte)(code >> 8), (byte)code, .. Encoding.UTF8.GetBytes(reason)], masked);
}
