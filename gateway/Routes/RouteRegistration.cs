using Yarp.ReverseProxy.Configuration;

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
        services.AddSingleton<RouteTable>();
        services.AddSingleton<IProxyConfigProvider>(provider => provider.GetRequiredService<RouteTable>());
        services.AddSingleton<IConfigChangeListener>(provider => provider.GetRequiredService<RouteTable>());
        services.AddSingleton<RoutePages>();
        services.AddHostedService<RouteWatch>();
    }
}
