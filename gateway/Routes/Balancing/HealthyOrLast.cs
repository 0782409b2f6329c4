using System.Runtime.CompilerServices;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>
/// The destinations that are healthy, or that nothing is known of yet. When there are none left, those that were until then go on being asked:
/// that all of them have failed in the same moment is less likely than that the one who judges them is wrong, and a handshake that fails costs no
/// more than one that is refused.
/// </summary>
internal sealed class HealthyOrLast(ILogger<HealthyOrLast> logger) : IAvailableDestinationsPolicy
{
    public const string PolicyName = "HealthyOrLast";

    /// <summary>Whether a destination was available when its cluster last had any that was. The proxy calls for one cluster at a time.</summary>
    private readonly ConditionalWeakTable<DestinationState, StrongBox<bool>> _wasAvailable = [];
    private readonly ConditionalWeakTable<DestinationState, StrongBox<bool>> _isKept = [];

    public string Name => PolicyName;

    public IReadOnlyList<DestinationState> GetAvailalableDestinations(ClusterConfig config, IReadOnlyList<DestinationState> allDestinations)
    {
        var isActive = config.HealthCheck?.Active?.Enabled ?? false;
        var isPassive = config.HealthCheck?.Passive?.Enabled ?? false;
        List<DestinationState> healthy = [.. allDestinations.Where(destination =>
            !(isActive && destination.Health.Active == DestinationHealth.Unhealthy) && !(isPassive && destination.Health.Passive == DestinationHealth.Unhealthy))];
        if (healthy.Count > 0)
        {
            foreach (var destination in allDestinations)
            {
                _wasAvailable.GetOrCreateValue(destination).Value = healthy.Contains(destination);
                _isKept.GetOrCreateValue(destination).Value = false;
            }

            return healthy;
        }

        List<DestinationState> last = [.. allDestinations.Where(destination => _wasAvailable.TryGetValue(destination, out var was) && was.Value)];
        if (last.Count > 0 && last.TrueForAll(destination => !_isKept.GetOrCreateValue(destination).Value))
        {
            last.ForEach(destination => _isKept.GetOrCreateValue(destination).Value = true);
            logger.LastDestinationsKept(config.ClusterId, string.Join(", ", last.Select(destination => destination.DestinationId).Order()));
        }

        return last;
    }
}
