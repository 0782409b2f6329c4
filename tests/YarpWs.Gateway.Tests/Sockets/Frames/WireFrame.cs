using System.Text;
using YarpWs.Gateway.Sockets.Frames;

namespace YarpWs.Gateway.Tests.Sockets.Frames;

/// <summary>Writes WebSocket frames by the gateway's own opcodes.</summary>
internal static class WireFrame
{
    public static byte[] Of(Opcode opcode, byte[] payload, bool masked, bool last = true, int reserved = 0) =>
        YarpWs.Tests.Support.WebSockets.Frames.Of((YarpWs.Tests.Support.WebSockets.Opcode)opcode, payload, last, reserved, masked);

    public static byte[] Message(string text, bool masked) => Of(Opcode.Text, Encoding.UTF8.GetBytes(text), masked);

    public static byte[] Closing(int code, bool masked, string reason = "") =>
        Of(Opcode.Close, [(byte)(code >> 8), (byte)code, .. Encoding.UTF8.GetBytes(reason)], masked);
}
