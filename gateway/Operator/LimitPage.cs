using Yarp.ReverseProxy;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Limits;

namespace YarpWs.Gateway.Operator;

/// <summary><c>GET /limits</c>: which limits each route has, how far its sockets are from theirs, and which are at work now.</summary>
internal sealed class LimitPage(IProxyStateLookup proxy, RouteSocketSettings settings, SocketTable table, LimitReport report)
{
    public Task AnswerAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method))
        {
            return Refusal.WriteMethodAsync(context, "Limits are only read here; they change with the settings file.");
        }

        var sockets = table.All.CountBy(socket => socket.Origin.Route, StringComparer.OrdinalIgnoreCase).ToDictionary(StringComparer.OrdinalIgnoreCase);
        return context.Response.WriteAsJsonAsync(
            new
            {
                routes = proxy.GetRoutes()
                    .OrderBy(route => route.Config.RouteId, StringComparer.OrdinalIgnoreCase)
                    .Select(route => (route.Config.RouteId, Options: settings.Of(route)))
                    .Select(route => new
                    {
                        route = route.RouteId,
                        sockets = sockets.GetValueOrDefault(route.RouteId),
                        isEnforced = route.Options.Limits == LimitMode.Enforce,
                        limits = route.Options.Set.ToDictionary(limit => limit.Limit.ToString(), limit => limit.Value),
                    }),
                atWork = report.AtWork.OrderByDescending(work => work.Times),
            },
            context.RequestAborted);
    }
}
