using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace YarpWs.Gateway.Forwarding;

/// <summary>The proxy's probes, each with a mark by which it is told from a client's request.</summary>
internal sealed class Probes(IProbingRequestFactory inner) : IProbingRequestFactory
{
    public static readonly HttpRequestOptionsKey<bool> Mark = new("yarpws.probe");

    /// <summary>Behind the proxy's own registrations.</summary>
    public static void Add(IServiceCollection services)
    {
        var own = services.Last(service => service.ServiceType == typeof(IProbingRequestFactory)).ImplementationType!;
        services.AddSingleton<IProbingRequestFactory>(provider => new Probes((IProbingRequestFactory)ActivatorUtilities.CreateInstance(provider, own)));
    }

    public HttpRequestMessage CreateRequest(ClusterModel cluster, DestinationModel destination)
    {
        var request = inner.CreateRequest(cluster, destination);
        request.Options.Set(Mark, true);
        return request;
    }
}
