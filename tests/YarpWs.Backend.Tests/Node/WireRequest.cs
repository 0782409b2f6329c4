using Xunit;
using YarpWs.Backend.Connections;

namespace YarpWs.Backend.Tests.Node;

/// <summary>Requests to a node, as they are written.</summary>
internal static class WireRequest
{
    /// <summary>The headers of a good handshake; a test leaves out or adds what it is about.</summary>
    public static string[] Handshake(string? token = null) =>
    [
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        $"Authorization: Bearer {token ?? Tokens.For("ann")}",
    ];

    /// <summary>Opens a WebSocket; fails the test when it is refused.</summary>
    public static Task<RawWebSocket> OpenAsync(TestNode node, string room, params string[] headers) =>
        RawWebSocket.ConnectAsync(node.Address, $"/ws/start/{room}", [$"Authorization: Bearer {Tokens.For("ann")}", .. headers]);

    public static Task<RawWebSocket> SendAsync(TestNode node, string method, string target, params string[] headers) =>
        RawWebSocket.RequestAsync(node.Address, method, target, headers);

    /// <summary>Expects a close frame next, and answers it.</summary>
    public static async Task ExpectCloseAsync(this RawWebSocket client, CloseCode code)
    {
        var frame = await client.ReadFrameAsync($"a close frame with {code}");
        Assert.NotNull(frame);
        Assert.Equal((Opcode.Close, code.Number, code.Reason), (frame.Opcode, frame.CloseCode, frame.CloseReason));
        await client.SendCloseAsync(code.Number);
    }
}
