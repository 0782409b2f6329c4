using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Routes.Balancing;

namespace YarpWs.Gateway.Tests.Routes.Balancing;

/// <summary>A cluster as the proxy keeps it, with destinations that have as much to do as the test says.</summary>
internal sealed class TestCluster : IDisposable
{
    private readonly HttpMessageInvoker _invoker = new(new SocketsHttpHandler());

    public TestCluster(Dictionary<string, string>? metadata = null, params (string Id, string? Weight)[] destinations)
    {
        State = new ClusterState("backend", new ClusterModel(new ClusterConfig
        {
            ClusterId = "backend",
            Metadata = metadata,
            HealthCheck = new HealthCheckConfig { Passive = new PassiveHealthCheckConfig { Enabled = true, Policy = FailureStreak.PolicyName } },
        }, _invoker));
        All = [.. destinations.Select(destination => Destination(destination.Id, destination.Weight))];
        SetAvailable([.. All]);
    }

    public ClusterState State { get; }

    public DestinationState[] All { get; private set; }

    public IReadOnlyList<DestinationState> Available => State.DestinationsState.AvailableDestinations;

    public void SetAvailable(params DestinationState[] available) => State.DestinationsState = new ClusterDestinationsState(All, available);

    public DestinationState Add(string id, string? weight = null)
    {
        var added = Destination(id, weight);
        All = [.. All, added];
        SetAvailable(All);
        return added;
    }

    public void Dispose() => _invoker.Dispose();

    private static DestinationState Destination(string id, string? weight) => new(id, new DestinationModel(new DestinationConfig
    {
        Address = $"http://{id}/",
        Metadata = weight is null ? null : new Dictionary<string, string> { ["Balancing.Weight"] = weight },
    }));
}
