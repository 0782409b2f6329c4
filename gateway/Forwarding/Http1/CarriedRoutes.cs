using System.Runtime.CompilerServices;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Transforms.Builder;

namespace YarpWs.Gateway.Forwarding.Http1;

/// <summary>Knows the routes whose transforms <see cref="Carrier"/> can do. Registered behind all that add transforms.</summary>
internal sealed class CarriedRoutes : ITransformProvider
{
    private readonly ConditionalWeakTable<RouteConfig, CarriedRoute> _routes = [];

    /// <summary>Null for a route that the proxy's forwarder has to do.</summary>
    public CarriedRoute? Of(RouteConfig route) => _routes.TryGetValue(route, out var carried) ? carried : null;

    public void ValidateRoute(TransformRouteValidationContext context)
    {
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    public void Apply(TransformBuilderContext context)
    {
        if (CarriedRoute.Of(context) is { } carried)
        {
            _routes.AddOrUpdate(context.Route, carried);
        }
        else
        {
            _routes.Remove(context.Route);
        }
    }
}
