using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Admin;

/// <summary>A live socket as the operator sees it. Ages are in seconds.</summary>
internal sealed record SocketView(
    long Id,
    string Route,
    string Destination,
    string Path,
    string? Ip,
    string? User,
    double Age,
    double SilentFor,
    DateTimeOffset? TokenExpiresAt,
    long BytesIn,
    long BytesOut,
    long MessagesIn,
    long MessagesOut,
    bool IsClosing)
{
    public static SocketView Of(LiveSocket socket, DeadlineWheel wheel, TimeProvider time) => new(
        socket.Origin.Id,
        socket.Origin.Route,
        socket.Origin.Destination,
        socket.Origin.Path,
        socket.Origin.ClientAddress,
        socket.Login?.User,
        Math.Round(time.GetElapsedTime(socket.OpenedAt).TotalSeconds, 3),
        Math.Max(0, Math.Round(time.GetElapsedTime(socket.Client.Liveness.LastHeard, wheel.Now).TotalSeconds, 3)),
        socket.Login?.ExpiresAt,
        socket.Client.Frames.Bytes,
        socket.Backend.Frames.Bytes,
        socket.Client.Frames.Messages,
        socket.Backend.Frames.Messages,
        socket.IsLeaving);
}
