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

    /// <summary>The proxy is through with a request: it has its answer, or none, or its socket is over.</summary>
    public void RequestProxied(HttpContext context, ClusterState cluster, DestinationState destination)
    {
        var streak = _streaks.GetOrCreateValue(destination);
        if (context.Features.Get<LiveSocket>() is { } socket)
        {
            if (!socket.WasLostByBackend || !streak.IsNewLoss(time, OneFailure))
            {
                return;
            }
        }
        else if (!HasFailed(context))
        {
            streak.End();
            return;
        }

        if (streak.Grow() >= balancing.Of(cluster.Model).FailuresInARow)
        {
            streak.End();
            var period = cluster.Model.Config.HealthCheck?.Passive?.ReactivationPeriod ?? DefaultReactivationPeriod;
            health.SetPassive(cluster, destination, DestinationHealth.Unhealthy, period);
        }
    }

    private static bool HasFailed(HttpContext context) => context.Features.Get<HandshakeAttempt>() is { } attempt
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
