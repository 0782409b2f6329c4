using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;

namespace YarpWs.Gateway.Routes.Balancing;

internal static class BalancingRegistration
{
    /// <summary>
    /// The policies beside the proxy's own, and three in place of its own: two would not count sockets that have outlived their requests, and one would take this process's delay for a destination's. Called
    /// after the proxy was added.
    /// </summary>
    public static void AddBalancing(this IServiceCollection services)
    {
        services.AddSingleton(Random.Shared);
        services.AddSingleton<ClusterBalancing>();
        services.AddSingleton<DestinationLoad>();
        services.AddSingleton<LeastLoad>();
        services.AddSingleton<ILoadBalancingPolicy>(provider => provider.GetRequiredService<LeastLoad>());
        services.AddSingleton<ILoadBalancingPolicy, BoundedHash>();
        services.AddSingleton<HealthReasons>();
        TellHealth(services);
        services.AddSingleton<FailureStreak>();
        services.AddSingleton<IPassiveHealthCheckPolicy>(provider => provider.GetRequiredService<FailureStreak>());
        services.AddSingleton<DestinationReport>();
        services.AddHostedService(provider => provider.GetRequiredService<DestinationReport>());
        services.AddSingleton<IAvailableDestinationsPolicy, HealthyOrLast>();
        Replace<IActiveHealthCheckPolicy, ProbeStreak>(services, "ConsecutiveFailuresHealthPolicy");
        Replace<ILoadBalancingPolicy, LeastRequests>(services, "LeastRequestsLoadBalancingPolicy");
        Replace<ILoadBalancingPolicy, PowerOfTwoChoices>(services, "PowerOfTwoChoicesLoadBalancingPolicy");
    }

    private static void TellHealth(IServiceCollection services)
    {
        var theirs = services.Single(service => service.ServiceType == typeof(IDestinationHealthUpdater)).ImplementationType!;
        services.AddSingleton<IDestinationHealthUpdater>(provider =>
            ActivatorUtilities.CreateInstance<HealthReport>(provider, (IDestinationHealthUpdater)ActivatorUtilities.CreateInstance(provider, theirs)));
    }

    /// <summary>The proxy's types are internal to it. Were one of them renamed, nothing would start.</summary>
    private static void Replace<TKind, TPolicy>(IServiceCollection services, string theirs)
        where TKind : class
        where TPolicy : class, TKind
    {
        services.Remove(services.Single(service => service.ServiceType == typeof(TKind) && service.ImplementationType?.Name == theirs));
        services.AddSingleton<TKind, TPolicy>();
    }
}
