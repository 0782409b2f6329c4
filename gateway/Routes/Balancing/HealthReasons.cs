using System.Runtime.CompilerServices;
using Yarp.ReverseProxy.Model;

namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>What the checks last held against each destination, in words for the operator: the proxy keeps the verdict alone. Any thread may call it.</summary>
internal sealed class HealthReasons
{
    private readonly ConditionalWeakTable<DestinationState, Reasons> _reasons = [];

    /// <summary>A probe was answered well (null), or what became of it.</summary>
    public void Probed(DestinationState destination, string? failure) => _reasons.GetOrCreateValue(destination).Probe = failure;

    /// <summary>Requests of clients have failed too often.</summary>
    public void Failed(DestinationState destination, string failure) => _reasons.GetOrCreateValue(destination).Requests = failure;

    /// <summary>Why it is out of use, or what its last probe has met while it is still in use; null when there is nothing to say.</summary>
    public string? Of(DestinationState destination)
    {
        if (!_reasons.TryGetValue(destination, out var reasons))
        {
            return null;
        }

        return (destination.Health.Active, destination.Health.Passive) switch
        {
            (not DestinationHealth.Unhealthy, DestinationHealth.Unhealthy) => reasons.Requests,
            _ => reasons.Probe,
        };
    }

    private sealed class Reasons
    {
        public volatile string? Probe;
        public volatile string? Requests;
    }
}
