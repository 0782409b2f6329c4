using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace YarpWs.Gateway.Sockets;

/// <summary>Gives sockets a silence limit of their own. The proxy has one ActivityTimeout per cluster, 100 s unless set, meant for requests.</summary>
internal sealed class SocketIdleTimeout(RequestDelegate next, IOptions<SocketOptions> options)
{
    private readonly TimeSpan _idleTimeout = options.Value.IdleTimeout;

    /// <summary>A cluster's model lives until its configuration changes, and its twin as long as it does.</summary>
    private readonly ConditionalWeakTable<ClusterModel, ClusterModel> _forSockets = [];

    public Task InvokeAsync(HttpContext context)
    {
        if (Handshake.Is(context))
        {
            var proxy = context.GetReverseProxyFeature();
            context.Features.Set<IReverseProxyFeature>(new ReverseProxyFeature
            {
                Route = proxy.Route,
                Cluster = _forSockets.GetValue(proxy.Cluster, ForSockets),
                AllDestinations = proxy.AllDestinations,
                AvailableDestinations = proxy.AvailableDestinations,
            });
        }

        return next(context);
    }

    private ClusterModel ForSockets(ClusterModel cluster)
    {
        var request = (cluster.Config.HttpRequest ?? ForwarderRequestConfig.Empty) with { ActivityTimeout = _idleTimeout };
        return new ClusterModel(cluster.Config with { HttpRequest = request }, cluster.HttpClient);
    }
}
