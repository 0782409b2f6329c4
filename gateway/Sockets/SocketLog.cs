using System.Globalization;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Sockets;

/// <summary>The two lines of the access log for a socket: when it opens, and when it is over.</summary>
internal sealed class SocketLog(ILoggerFactory loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger(LogText.AccessCategory);

    public void Opened(LiveSocket socket)
    {
        if (_logger.IsEnabled(LogLevel.Information))
        {
            var origin = socket.Origin;
            _logger.SocketOpened(origin.ClientAddress ?? LogText.Unknown, origin.Path, origin.Route, origin.Destination, UserOf(origin), origin.TraceId);
        }
    }

    public void Closed(LiveSocket socket, TimeSpan duration)
    {
        if (_logger.IsEnabled(LogLevel.Information))
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

    private static string UserOf(SocketOrigin origin) => LogText.Escape(origin.Login?.User ?? LogText.Unknown);

    private static string Shown(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? LogText.Unknown;
}
