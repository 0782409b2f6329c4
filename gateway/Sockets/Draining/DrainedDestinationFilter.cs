namespace YarpWs.Gateway.Sockets.Draining;

/// <summary>Keeps requests and handshakes off destinations that are taken out. With none left they are answered 503.</summary>
internal sealed class DrainedDestinationFilter(RequestDelegate next, DrainedDestinations drained)
{
    public Task InvokeAsync(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        proxy.AvailableDestinations = drained.Without(proxy.Cluster.Config.ClusterId, proxy.AvailableDestinations);
        return next(context);
    }
}
