using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Operator;

/// <summary>A live socket as the operator sees it. Ages and round trips of pings are in seconds.</summary>
internal sealed record SocketView(
    long Id,
    string Route,
    string Cluster,
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
    double? RoundTrip,
    double? BackendRoundTrip,
    bool IsClosing)
{
    public static SocketView Of(LiveSocket socket, DeadlineWheel wheel, TimeProvider time) => new(
        socket.Origin.Id,
        socket.Origin.Route,
        socket.Origin.Cluster,
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
        Seconds(socket.Client.Liveness.RoundTrip),
        Seconds(socket.Backend.Liveness.RoundTrip),
        socket.IsEnding);

    private static double? Seconds(TimeSpan? span) => span is { } known ? Math.Round(known.TotalSeconds, 6) : null;
}
