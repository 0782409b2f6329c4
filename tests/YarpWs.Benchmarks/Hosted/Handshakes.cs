using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace YarpWs.Benchmarks.Hosted;

internal static class Handshakes
{
    /// <summary>The answer to a WebSocket handshake with this key.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "RFC 6455 section 4.2.2 asks for SHA-1.")]
    public static byte[] Accept(string key)
    {
        var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
        return Encoding.ASCII.GetBytes(
            $"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n");
    }
}
