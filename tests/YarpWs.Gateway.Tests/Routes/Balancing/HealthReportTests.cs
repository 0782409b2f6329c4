using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Routes.Balancing;

namespace YarpWs.Gateway.Tests.Routes.Balancing;

/// <summary>What the operator reads of destinations that go out of use and come back.</summary>
public sealed class HealthReportTests : IDisposable
{
    private readonly TestCluster _cluster = new(null, ("a", null), ("b", null));
    private readonly HealthReasons _reasons = new();
    private readonly CollectedLog _log = new();
    private readonly ILoggerFactory _loggers;
    private readonly HealthReport _report;

    public HealthReportTests()
    {
        _loggers = LoggerFactory.Create(builder => builder.AddProvider(_log));
        _report = new HealthReport(new Updater(), _reasons, _loggers.CreateLogger<HealthReport>());
        foreach (var destination in _cluster.All)
        {
            _cluster.State.Destinations.TryAdd(destination.DestinationId, destination);
        }
    }

    public void Dispose()
    {
        _loggers.Dispose();
        _log.Dispose();
        _cluster.Dispose();
    }

    [Fact]
    public void FailedProbe_IsToldWithItsReason_Once_AndThatItIsOver()
    {
        _reasons.Probed(_cluster.All[0], "its probe was answered 503");
        Probe(DestinationHealth.Unhealthy);
        Probe(DestinationHealth.Unhealthy);
        Probe(DestinationHealth.Healthy);
        Probe(DestinationHealth.Healthy);

        Assert.Equal(
            [
                "Destination a of cluster backend is out of use, because its probe was answered 503; 1 of 2 are left.",
                "Destination a of cluster backend is in use again; 2 of 2 are.",
            ],
            Lines());
    }

    [Fact]
    public void FailedRequests_AreToldWithTheirReason()
    {
        _reasons.Failed(_cluster.All[1], "3 requests in a row failed on it; it is tried again 60 s later");
        _report.SetPassive(_cluster.State, _cluster.All[1], DestinationHealth.Unhealthy, TimeSpan.FromSeconds(60));

        Assert.Equal(["Destination b of cluster backend is out of use, because 3 requests in a row failed on it; it is tried again 60 s later; 1 of 2 are left."], Lines());
    }

    [Fact]
    public void DestinationThatIsOutForOneCheck_IsNotToldOfByTheOther()
    {
        Probe(DestinationHealth.Unhealthy);
        _report.SetPassive(_cluster.State, _cluster.All[0], DestinationHealth.Unhealthy, TimeSpan.FromSeconds(60));
        Probe(DestinationHealth.Healthy);

        Assert.Single(Lines());
    }

    private void Probe(DestinationHealth health) => _report.SetActive(_cluster.State, [new(_cluster.All[0], health)]);

    private IEnumerable<string> Lines() => _log.Lines.Select(line => line.Split(": ", 2)[1].TrimEnd());

    private sealed class Updater : IDestinationHealthUpdater
    {
        public void SetActive(ClusterState cluster, IEnumerable<NewActiveDestinationHealth> newHealthStates)
        {
            foreach (var one in newHealthStates)
            {
                one.Destination.Health.Active = one.NewActiveHealth;
            }
        }

        public void SetPassive(ClusterState cluster, DestinationState destination, DestinationHealth newHealth, TimeSpan reactivationPeriod) => destination.Health.Passive = newHealth;
    }
}
