using System.Globalization;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Telemetry.AccessLogs;

namespace YarpWs.Gateway.Sockets;

/// <summary>
/// The two lines of the gateway's own access log for a socket or a tunnel, when it opens and when it is over, and the one of each access log that its route names.
/// </summary>
internal sealed class SocketLog(ILoggerFactory loggers, TimeProvider time)
{
    private readonly ILogger _logger = loggers.CreateLogger(LogText.AccessCategory);

    public void Opened(LiveSocket socket)
    {
        if (IsOnConsole(socket))
        {
            var origin = socket.Origin;
            if (origin.IsTunnel)
            {
                _logger.TunnelOpened(
                    origin.ClientAddress ?? LogText.Unknown, origin.Protocol, origin.Path, origin.Route, origin.Destination, UserOf(origin), origin.TraceId);
                return;
            }

            _logger.SocketOpened(origin.ClientAddress ?? LogText.Unknown, origin.Path, origin.Route, origin.Destination, UserOf(origin), origin.TraceId);
        }
    }

    public void Closed(LiveSocket socket, TimeSpan duration)
    {
        if (socket.Origin.Logs is { IsAny: true } logs)
        {
            logs.Closed(new RequestEnd
            {
                At = time.GetLocalNow(),
                Duration = duration,
                Status = StatusCodes.Status101SwitchingProtocols,
                BytesSent = socket.Backend.Frames.Bytes,
                BytesReceived = socket.Client.Frames.Bytes,
                IsComplete = socket.CloseCode is not null,
                Socket = new SocketEnd(socket.CloseCode, socket.Closer.ToString().ToLowerInvariant(), socket.Client.Frames.Messages, socket.Backend.Frames.Messages),
            });
        }

        if (!IsOnConsole(socket))
        {
            return;
        }

        if (socket.Origin.IsTunnel)
        {
            _logger.TunnelClosed(
                socket.Origin.ClientAddress ?? LogText.Unknown,
                socket.Origin.Protocol,
                socket.Origin.Path,
                duration.TotalMilliseconds,
                Shown(socket.CloseCode),
                socket.Closer.ToString(),
                socket.Client.Frames.Bytes,
                socket.Backend.Frames.Bytes,
                socket.Origin.Route,
                socket.Origin.Destination,
                UserOf(socket.Origin),
                socket.Origin.TraceId);
        }
        else
        {
            _logger.SocketClosed(
                socket.Origin.ClientAddress ?? LogText.Unknown,
                socket.Origin.Path,
                duration.TotalMilliseconds,
                Shown(socket.CloseCode),
                socket.Closer.ToString(),
                socket.Client.Frames.Bytes,
                socket.Backend.Frames.Bytes,
                socket.Client.Frames.Messages,
                socket.Backend.Frames.Messages,
                socket.Origin.Route,
                socket.Origin.Destination,
                UserOf(socket.Origin),
                socket.Origin.TraceId);
        }
    }

    private bool IsOnConsole(LiveSocket socket) => socket.Origin.Logs is null or { IsOnConsole: true } && _logger.IsEnabled(LogLevel.Information);

    private static string UserOf(SocketOrigin origin) => LogText.Escape(origin.Login?.User ?? LogText.Unknown);

    private static string Shown(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? LogText.Unknown;
}
