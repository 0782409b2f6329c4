using Yarp.ReverseProxy.Configuration;

namespace YarpWs.Gateway.Sockets.Draining;

internal static class DrainRegistration
{
    /// <summary>Sockets are closed at a rate when the gateway stops, a destination is taken out, or what they go to is configured no more.</summary>
    public static void AddDraining(this IServiceCollection services)
    {
        services.AddSingleton<Drains>();
        services.AddSingleton<DrainedDestinations>();
        services.AddSingleton<RouteChanges>();
        services.AddSingleton<IConfigChangeListener>(provider => provider.GetRequiredService<RouteChanges>());
        services.AddSingleton<RemovedSockets>();
        services.AddHostedService(provider => provider.GetRequiredService<RemovedSockets>());
        services.AddSingleton<ShutdownDrain>();
        services.AddHostedService(provider => provider.GetRequiredService<ShutdownDrain>());
        services.AddSingleton<LateSockets>();
    }
}
