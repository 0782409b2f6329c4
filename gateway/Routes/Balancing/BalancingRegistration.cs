using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;

namespace YarpWs.Gateway.Routes.Balancing;

internal static class BalancingRegistration
{
    /// <summary>
    /// The policies beside the proxy's own, and two in place of its own: they would not count sockets that have outlived their requests. Called
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
        services.AddSingleton<FailureStreak>();
        services.AddSingleton<IPassiveHealthCheckPolicy>(provider => provider.GetRequiredService<FailureStreak>());
        Replace<LeastRequests>(services, "LeastRequestsLoadBalancingPolicy");
        Replace<PowerOfTwoChoices>(services, "PowerOfTwoChoicesLoadBalancingPolicy");
    }

    /// <summary>The proxy's types are internal to it. Were one of them renamed, nothing would start.</summary>
    private static void Replace<TPolicy>(IServiceCollection services, string theirs)
        where TPolicy : class, ILoadBalancingPolicy
    {
        services.Remove(services.Single(service => service.ServiceType == typeof(ILoadBalancingPolicy) && service.ImplementationType?.Name == theirs));
        services.AddSingleton<ILoadBalancingPolicy, TPolicy>();
    }
}
