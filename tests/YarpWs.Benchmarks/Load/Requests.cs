using System.Net;
using System.Text;

namespace YarpWs.Benchmarks.Load;

/// <summary>Requests as a client writes them.</summary>
internal static class Requests
{
    /// <summary>A WebSocket handshake; the key may be the same each time, since nobody caches the answer here.</summary>
    public static byte[] Handshake(IPEndPoint server, string target, params string[] headers) => Write(
        "GET",
        server,
        target,
        ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", .. headers]);

    public static byte[] Get(IPEndPoint server, string target, params string[] headers) => Write("GET", server, target, headers);

    public static byte[] Post(IPEndPoint server, string target, byte[] body, params string[] headers) => [.. Write("POST", server, target, [.. headers, $"Content-Length: {body.Length}"]), .. body];

    private static byte[] Write(string method, IPEndPoint server, string target, IEnumerable<string> headers) =>
        Encoding.ASCII.GetBytes($"{method} {target} HTTP/1.1\r\nHost: {server}\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n");
}
