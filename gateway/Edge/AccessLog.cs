using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Forwarding;
using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Edge;

/// <summary>The lines of the access log: one for a request, and for a socket one when it opens and one when it is over.</summary>
internal sealed class AccessLog(ILoggerFactory loggers)
{
    /// <summary>What stands where there is nothing to say, as in every access log.</summary>
    private const string Unknown = "-";

    private readonly ILogger _logger = loggers.CreateLogger("YarpWs.Gateway.Access");

    /// <summary>The trace of the request that is being answered.</summary>
    public static string TraceId => Activity.Current?.TraceId.ToHexString() ?? Unknown;

    public void Answered(HttpContext context, TimeSpan duration)
    {
        if (_logger.IsEnabled(LogLevel.Information))
        {
            var proxy = context.Features.Get<IReverseProxyFeature>();
            _logger.RequestAnswered(
                ClientOf(context),
                LogText.Escape(context.Request.Method),
                PathOf(context),
                context.Response.StatusCode,
                duration.TotalMilliseconds,
                Shown(context.Request.ContentLength),
                Shown(context.Response.ContentLength),
                RouteOf(context)?.Config.RouteId ?? Unknown,
                proxy?.ProxiedDestination?.DestinationId ?? Unknown,
                UserOf(context),
                TraceId);
        }
    }

    public void SocketOpened(LiveSocket socket)
    {
        if (_logger.IsEnabled(LogLevel.Information))
        {
            var origin = socket.Origin;
            _logger.SocketOpened(origin.ClientAddress ?? Unknown, origin.Path, origin.Route, origin.Destination, UserOf(origin), origin.TraceId);
        }
    }

    public void SocketClosed(LiveSocket socket, TimeSpan duration)
    {
        if (_logger.IsEnabled(LogLevel.Information))
        {
            _logger.SocketClosed(
                socket.Origin.ClientAddress ?? Unknown,
                socket.Origin.Path,
                duration.TotalMilliseconds,
                Shown(socket.CloseCode),
                socket.Closer,
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

    private static string ClientOf(HttpContext context) =>
        (context.Features.Get<Client>()?.Address ?? context.Connection.RemoteIpAddress)?.ToString() ?? Unknown;

    /// <summary>Also of a request that was refused before it came to the proxy.</summary>
    private static RouteModel? RouteOf(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>();

    private static string UserOf(HttpContext context) => LogText.Escape(context.User.FindFirst("sub")?.Value ?? Unknown);

    private static string UserOf(SocketOrigin origin) => LogText.Escape(origin.Login?.User ?? Unknown);

    private static string Shown(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? Unknown;

    /// <summary>As the client wrote it, without the query, where tokens stand.</summary>
    public static string PathOf(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var query = target.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? LogText.Escape(target) : LogText.Escape(target.AsSpan(0, query));
    }
}
