using System.Runtime.CompilerServices;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Handshakes;

/// <summary>
/// Takes the cluster's ActivityTimeout, 100 s unless set and meant for requests, off sockets: <see cref="HandshakeAttempt"/> bounds their
/// handshake, and <see cref="SocketDeadlines"/> what comes after.
/// </summary>
internal sealed class SocketActivityTimeout(RequestDelegate next)
{
    /// <summary>A cluster's model lives until its configuration changes, and its twin as long as it does.</summary>
    private readonly ConditionalWeakTable<ClusterModel, ClusterModel> _forSockets = [];

    public Task InvokeAsync(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        context.Features.Set<IReverseProxyFeature>(new ReverseProxyFeature
        {
            Route = proxy.Route,
            Cluster = _forSockets.GetValue(proxy.Cluster, ForSockets),
            AllDestinations = proxy.AllDestinations,
            AvailableDestinations = proxy.AvailableDestinations,
        });
        return next(context);
    }

    private static ClusterModel ForSockets(ClusterModel cluster)
    {
        var request = (cluster.Config.HttpRequest ?? ForwarderRequestConfig.Empty) with { ActivityTimeout = Timeout.InfiniteTimeSpan };
        return new ClusterModel(cluster.Config with { HttpRequest = request }, cluster.HttpClient);
    }
}
