using System.Net.WebSockets;

namespace YarpWs.Gateway.Tests.Routes;

/// <summary>Asks a socket whether it still carries messages.</summary>
internal static class LiveSocketProbe
{
    public static async Task ExpectEchoAsync(this ClientWebSocket socket, byte value)
    {
        await socket.SendAsync(new[] { value }, WebSocketMessageType.Binary, endOfMessage: true, Deadline.Token());
        var buffer = new byte[16];
        var received = await socket.ReceiveAsync(buffer.AsMemory(), Deadline.Token());
        Assert.Equal((WebSocketMessageType.Binary, 1, value), (received.MessageType, received.Count, buffer[0]));
    }
}
