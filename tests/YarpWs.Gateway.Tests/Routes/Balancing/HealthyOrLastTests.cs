using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Routes.Balancing;

namespace YarpWs.Gateway.Tests.Routes.Balancing;

public sealed class HealthyOrLastTests : IDisposable
{
    private static readonly ClusterConfig Config = new()
    {
        ClusterId = "backend",
        HealthCheck = new HealthCheckConfig { Active = new ActiveHealthCheckConfig { Enabled = true }, Passive = new PassiveHealthCheckConfig { Enabled = true } },
    };

    private readonly TestCluster _cluster = new(null, ("a", null), ("b", null), ("c", null));
    private readonly CollectedLog _log = new();
    private readonly LoggerFactory _loggers;
    private readonly HealthyOrLast _policy;

    public HealthyOrLastTests()
    {
        _loggers = new LoggerFactory([_log]);
        _policy = new HealthyOrLast(_loggers.CreateLogger<HealthyOrLast>());
    }

    public void Dispose()
    {
        _loggers.Dispose();
        _log.Dispose();
        _cluster.Dispose();
    }

    [Fact]
    public void UnhealthyOnes_GetNothing_WhileOthersAreHealthy()
    {
        _cluster.All[1].Health.Active = DestinationHealth.Unhealthy;
        _cluster.All[2].Health.Passive = DestinationHealth.Unhealthy;

        Assert.Equal(["a"], Available());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhatChecksHaveFound_SaysNothing_OnceTheyAreTakenOutOfTheFile(bool isSectionKept)
    {
        _cluster.All[1].Health.Active = DestinationHealth.Unhealthy;
        _cluster.All[2].Health.Passive = DestinationHealth.Unhealthy;

        Assert.Equal(["a", "b", "c"], Available(new ClusterConfig { ClusterId = "backend", HealthCheck = isSectionKept ? new HealthCheckConfig() : null }));
    }

    [Fact]
    public void WhenAllGoAtOnce_ThoseThatAnsweredLast_GoOn_AndTheLogSaysSoOnce()
    {
        _cluster.All[2].Health.Active = DestinationHealth.Unhealthy;
        Assert.Equal(["a", "b"], Available());
        _cluster.All[0].Health.Active = _cluster.All[1].Health.Active = DestinationHealth.Unhealthy;

        Assert.Equal(["a", "b"], Available());
        Assert.Equal(["a", "b"], Available());
        Assert.Contains("No destination of cluster backend is healthy any more; those that were until now go on being asked: a, b.", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void WhenAllGoAgain_AfterOneWasBack_TheLogSaysSoAgain()
    {
        for (var times = 1; times <= 2; times++)
        {
            _cluster.All[0].Health.Active = DestinationHealth.Healthy;
            Available();
            Array.ForEach(_cluster.All, destination => destination.Health.Active = DestinationHealth.Unhealthy);
            Available();

            Assert.Equal(times, _log.Lines.Count);
        }
    }

    [Fact]
    public void WhenOneIsBack_ItAloneIsAsked()
    {
        Available();
        foreach (var destination in _cluster.All)
        {
            destination.Health.Active = DestinationHealth.Unhealthy;
        }

        Available();
        _cluster.All[2].Health.Active = DestinationHealth.Healthy;

        Assert.Equal(["c"], Available());
    }

    private List<string> Available(ClusterConfig? config = null) =>
        [.. _policy.GetAvailalableDestinations(config ?? Config, _cluster.All).Select(destination => destination.DestinationId)];
}
