using YarpWs.Gateway.Sockets;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Operator;

/// <summary>A socket as the operator sees it: a live one, or one that ended lately. Ages and round trips of pings are in seconds.</summary>
internal sealed record SocketView(
    long Id,
    string Route,
    string Cluster,
    string Destination,
    string Path,
    string Protocol,
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
    bool IsClosing,
    string? Issuer,
    string Address,
    string TraceId,
    SocketEnd? End = null)
{
    /// <summary>One that is over.</summary>
    public static SocketView Of(EndedSocket socket) => new(
        socket.Origin.Id,
        socket.Origin.Route,
        socket.Origin.Cluster,
        socket.Origin.Destination,
        socket.Origin.Path,
        socket.Origin.Protocol,
        socket.Origin.ClientAddress,
        socket.Origin.Login?.User,
        Math.Round(socket.Duration.TotalSeconds, 3),
        SilentFor: 0,
        socket.TokenExpiresAt,
        socket.Traffic.BytesIn,
        socket.Traffic.BytesOut,
        socket.Traffic.MessagesIn,
        socket.Traffic.MessagesOut,
        Seconds(socket.RoundTrip),
        BackendRoundTrip: null,
        IsClosing: false,
        socket.Origin.Login?.Issuer,
        UnixHost.Shown(socket.Origin.Address),
        socket.Origin.TraceId,
        new SocketEnd(socket.At, socket.CloseCode, CloseLabel.ByOf(socket.Closer), socket.CutFor?.ToString()));

    public static SocketView Of(LiveSocket socket, DeadlineWheel wheel, TimeProvider time) => Of(socket, time.GetElapsedTime(socket.OpenedAt), wheel, time);

    private static SocketView Of(LiveSocket socket, TimeSpan age, DeadlineWheel wheel, TimeProvider time) => new(
        socket.Origin.Id,
        socket.Origin.Route,
        socket.Origin.Cluster,
        socket.Origin.Destination,
        socket.Origin.Path,
        socket.Origin.Protocol,
        socket.Origin.ClientAddress,
        socket.Login?.User,
        Math.Round(age.TotalSeconds, 3),
        // The wheel's time is that of its last tick, which may be before the socket was opened.
        Math.Round(Math.Clamp(time.GetElapsedTime(socket.Client.Liveness.LastHeard, wheel.Now).TotalSeconds, 0, age.TotalSeconds), 3),
        socket.Login?.ExpiresAt,
        socket.Client.Frames.Bytes,
        socket.Backend.Frames.Bytes,
        socket.Client.Frames.Messages,
        socket.Backend.Frames.Messages,
        Seconds(socket.Client.Liveness.RoundTrip),
        Seconds(socket.Backend.Liveness.RoundTrip),
        socket.IsEnding,
        socket.Origin.Login?.Issuer,
        UnixHost.Shown(socket.Origin.Address),
        socket.Origin.TraceId);

    private static double? Seconds(TimeSpan? span) => span is { } known ? Math.Round(known.TotalSeconds, 6) : null;
}

/// <summary>How a socket ended.</summary>
/// <param name="At">When.</param>
/// <param name="Code">Of the first close frame, or what a tunnel's would have said; null when it was cut.</param>
/// <param name="By">Who closed it: client, backend, gateway or none.</param>
/// <param name="Cut">Why the gateway cut it; null when it did not.</param>
internal sealed record SocketEnd(DateTimeOffset At, int? Code, string By, string? Cut);
