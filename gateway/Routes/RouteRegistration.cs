using Yarp.ReverseProxy.Configuration;
using YarpWs.Gateway.Access.Rates;
using YarpWs.Gateway.Routes.Locations;
using YarpWs.Gateway.Routes.Text;

namespace YarpWs.Gateway.Routes;

internal static class RouteRegistration
{
    /// <summary>Makes the routes those of the files, now and whenever they change.</summary>
    public static void AddRoutes(this IServiceCollection services, RouteFiles files, RouteReader reader, CheckedRoutes start)
    {
        services.AddSingleton(files);
        services.AddSingleton(reader);
        services.AddSingleton(start);
        services.AddSingleton<RouteJudge>();
        services.AddSingleton<RoutePublisher>();
        services.AddSingleton<IProxyConfigProvider>(provider => provider.GetRequiredService<RoutePublisher>());
        services.AddSingleton<IConfigChangeListener>(provider => provider.GetRequiredService<RoutePublisher>());
        services.AddSingleton<RouteTally>();
        services.AddSingleton<RouteTrial>();
        services.AddSingleton<RouteMetrics>();
        services.AddSingleton<RouteTable>();
        services.AddSingleton<RouteExplanation>();
        services.AddSingleton<RunningLocations>();
        services.AddHostedService<LocationFiles>();
        services.AddSingleton<MatcherPolicy, LocatedRoutes>();
        services.AddSingleton<SharedBuckets>();
        services.AddSingleton<LimitZones>();
        services.AddSingleton<RouteEndpoints>();
        services.AddHostedService<RouteWatch>();
    }
}
