using System.Runtime.CompilerServices;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>
/// Takes a destination out after failures in a row, until the cluster's ReactivationPeriod is over. A handshake is judged when it is answered,
/// not when its socket ends, and a destination that loses all of its sockets at once has failed once. The proxy's TransportFailureRate
/// counts each of them, when it ends, as a success.
/// </summary>
internal sealed class FailureStreak(ClusterBalancing balancing, IDestinationHealthUpdater health, TimeProvider time) : IPassiveHealthCheckPolicy
{
    public const string PolicyName = "FailureStreak";

    /// <summary>As long as the proxy's own policy keeps a destination out.</summary>
    private static readonly TimeSpan DefaultReactivationPeriod = TimeSpan.FromSeconds(60);

    /// <summary>Sockets lost within this time of each other are lost by one failure: a kernel that closes ten thousand takes a while.</summary>
    private static readonly TimeSpan OneFailure = TimeSpan.FromSeconds(10);

    private readonly ConditionalWeakTable<DestinationState, Streak> _streaks = [];

    public string Name => PolicyName;

    /// <summary>A destination has accepted a handshake.</summary>
    public void Accepted(DestinationState destination) => _streaks.GetOrCreateValue(destination).End();

    /// <summary>A socket is over.</summary>
    public void Ended(LiveSocket socket, ClusterState cluster, DestinationState destination)
    {
        if (socket.WasLostByBackend && IsPolicyOf(cluster) && _streaks.GetOrCreateValue(destination) is var streak && streak.IsNewLoss(time, OneFailure))
        {
            Count(streak, cluster, destination);
        }
    }

    /// <summary>The proxy is through with a request: it has its answer, or none. What became of a socket is told by <see cref="Ended"/>.</summary>
    public void RequestProxied(HttpContext context, ClusterState cluster, DestinationState destination)
    {
        if (context.Features.Get<LiveSocket>() is not null)
        {
            return;
        }

        var streak = _streaks.GetOrCreateValue(destination);
        if (HasFailed(context))
        {
            Count(streak, cluster, destination);
        }
        else
        {
            streak.End();
        }
    }

    private static bool IsPolicyOf(ClusterState cluster) =>
        cluster.Model.Config.HealthCheck?.Passive is { Enabled: true } passive && PolicyName.Equals(passive.Policy, StringComparison.OrdinalIgnoreCase);

    private void Count(Streak streak, ClusterState cluster, DestinationState destination)
    {
        if (streak.Grow() >= balancing.Of(cluster.Model).FailuresInARow)
        {
            streak.End();
            var period = cluster.Model.Config.HealthCheck?.Passive?.ReactivationPeriod ?? DefaultReactivationPeriod;
            health.SetPassive(cluster, destination, DestinationHealth.Unhealthy, period);
        }
    }

    private static bool HasFailed(HttpContext context) => context.Features.Get<DestinationAttempt>() is { } attempt
        ? attempt.HasFailed(context)
        : context.GetForwarderErrorFeature()?.Error is ForwarderError.Request or ForwarderError.RequestTimedOut or ForwarderError.ResponseHeaders or ForwarderError.ResponseBodyDestination;

    private sealed class Streak
    {
        private const long Never = long.MinValue;

        private int _length;
        private long _lostAt = Never;

        public int Grow() => Interlocked.Increment(ref _length);

        public void End() => Volatile.Write(ref _length, 0);

        public bool IsNewLoss(TimeProvider time, TimeSpan oneFailure)
        {
            var now = time.GetTimestamp();
            var before = Interlocked.Exchange(ref _lostAt, now);
            return before == Never || time.GetElapsedTime(before, now) > oneFailure;
        }
    }
}
