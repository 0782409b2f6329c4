using System.Runtime.CompilerServices;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>
/// Takes a destination out after failures in a row, until the cluster's ReactivationPeriod is over. A handshake is judged when it is answered,
/// not when its socket ends, and a destination that loses all of its sockets at once has failed once. The proxy's TransportFailureRate
/// counts each of them, when it ends, as a success.
/// </summary>
/// <remarks>
/// Only good answers and accepted handshakes end a streak, and only failures that are the destination's own (<see cref="DestinationFailures"/>)
/// make it longer. Those that a client could have caused count once they come from several clients.
/// </remarks>
internal sealed class FailureStreak(ClusterBalancing balancing, IDestinationHealthUpdater health, HealthReasons reasons, TimeProvider time) : IPassiveHealthCheckPolicy
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
            Count(streak, DestinationFailure.NoAnswer, ClientKey.Of(socket.Origin), cluster, destination);
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
        var failure = context.Features.Get<DestinationAttempt>() is { } attempt ? attempt.FailureOf(context) : DestinationFailures.Of(context);
        if (failure != DestinationFailure.None)
        {
            Count(streak, failure, ClientKey.Of(context), cluster, destination);
        }
        else if (context.GetForwarderErrorFeature() is null && context.Response.StatusCode < StatusCodes.Status400BadRequest)
        {
            streak.End();
        }
    }

    private static bool IsPolicyOf(ClusterState cluster) =>
        cluster.Model.Config.HealthCheck?.Passive is { Enabled: true } passive && PolicyName.Equals(passive.Policy, StringComparison.OrdinalIgnoreCase);

    private void Count(Streak streak, DestinationFailure failure, ClientKey client, ClusterState cluster, DestinationState destination)
    {
        var enough = balancing.Of(cluster.Model).FailuresInARow;
        if (streak.Grow(failure, client, enough))
        {
            var period = cluster.Model.Config.HealthCheck?.Passive?.ReactivationPeriod ?? DefaultReactivationPeriod;
            reasons.Failed(destination, $"{enough} requests in a row failed on it; it is tried again {period.TotalSeconds:0} s later");
            health.SetPassive(cluster, destination, DestinationHealth.Unhealthy, period);
        }
    }

    /// <summary>Any thread may call it.</summary>
    private sealed class Streak
    {
        private const long Never = long.MinValue;

        private readonly Lock _gate = new();

        /// <summary>Who met the failures; no more than it takes to be several.</summary>
        private readonly List<ClientKey> _clients = new(DestinationFailures.SeveralClients);
        private int _length;
        private int _notReached;
        private long _lostAt = Never;

        /// <summary>Adds a failure. Returns whether the streak is long enough; it begins anew then.</summary>
        public bool Grow(DestinationFailure failure, ClientKey client, int enough)
        {
            lock (_gate)
            {
                _length++;
                _notReached += failure == DestinationFailure.NotReached ? 1 : 0;
                if (_clients.Count < DestinationFailures.SeveralClients && !_clients.Contains(client))
                {
                    _clients.Add(client);
                }

                var isEnough = _notReached >= enough || (_length >= enough && _clients.Count >= Math.Min(enough, DestinationFailures.SeveralClients));
                if (isEnough)
                {
                    Clear();
                }

                return isEnough;
            }
        }

        public void End()
        {
            // Nearly always there is nothing to forget.
            if (Volatile.Read(ref _length) > 0)
            {
                lock (_gate)
                {
                    Clear();
                }
            }
        }

        public bool IsNewLoss(TimeProvider time, TimeSpan oneFailure)
        {
            var now = time.GetTimestamp();
            var before = Interlocked.Exchange(ref _lostAt, now);
            return before == Never || time.GetElapsedTime(before, now) > oneFailure;
        }

        private void Clear()
        {
            (_length, _notReached) = (0, 0);
            _clients.Clear();
        }
    }
}
