using System.Globalization;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Edge;

/// <summary>The lines of the access log for plain requests and for handshakes that were refused; <see cref="SocketLog"/> has those of sockets.</summary>
internal sealed class AccessLog(ILoggerFactory loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger(LogText.AccessCategory);

    public void Answered(HttpContext context, TimeSpan duration)
    {
        if (_logger.IsEnabled(LogLevel.Information))
        {
            var proxy = context.Features.Get<IReverseProxyFeature>();
            _logger.RequestAnswered(
                ClientOf(context),
                LogText.Escape(context.Request.Method),
                LogText.PathOf(context),
                context.Response.StatusCode,
                duration.TotalMilliseconds,
                Shown(context.Request.ContentLength),
                Shown(context.Response.ContentLength),
                RouteOf(context)?.Config.RouteId ?? LogText.Unknown,
                proxy?.ProxiedDestination?.DestinationId ?? LogText.Unknown,
                UserOf(context),
                LogText.Escape(Refusal.WordsOf(context) ?? LogText.Unknown),
                LogText.TraceId);
        }
    }

    private static string ClientOf(HttpContext context) =>
        (context.Features.Get<Client>()?.Address ?? context.Connection.RemoteIpAddress)?.ToString() ?? LogText.Unknown;

    /// <summary>Also of a request that was refused before it came to the proxy.</summary>
    private static RouteModel? RouteOf(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>();

    private static string UserOf(HttpContext context) => LogText.Escape(context.User.FindFirst("sub")?.Value ?? context.Features.Get<RemoteUser>()?.Name ?? LogText.Unknown);

    private static string Shown(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? LogText.Unknown;
}
