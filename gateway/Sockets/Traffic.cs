namespace YarpWs.Gateway.Sockets;

/// <summary>What sockets have carried: in from clients, out to them.</summary>
internal readonly record struct Traffic(long BytesIn, long BytesOut, long MessagesIn, long MessagesOut)
{
    public static Traffic Of(LiveSocket socket) =>
        new(socket.Client.Frames.Bytes, socket.Backend.Frames.Bytes, socket.Client.Frames.Messages, socket.Backend.Frames.Messages);

    public static Traffic operator +(Traffic one, Traffic other) => new(
        one.BytesIn + other.BytesIn, one.BytesOut + other.BytesOut, one.MessagesIn + other.MessagesIn, one.MessagesOut + other.MessagesOut);
}
