using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Routes.Balancing;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Tests.Routes.Balancing;

/// <summary>What a failed probe says, and when it says nothing.</summary>
public sealed class ProbeStreakTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly TestCluster _cluster = new(null, ("a", null), ("b", null));
    private readonly ProcessDelay _delay;
    private readonly ProbeStreak _probes;

    public ProbeStreakTests()
    {
        _delay = Delays.None(_time);
        _probes = new ProbeStreak(new Updater(), new HealthReasons(), _delay, _time);
    }

    public void Dispose()
    {
        _delay.Dispose();
        _cluster.Dispose();
    }

    [Fact]
    public void Silence_TwiceInARow_IsUnhealthy_AndAGoodAnswerHealthy()
    {
        Assert.Equal(DestinationHealth.Unknown, After(Silence()));
        Assert.Equal(DestinationHealth.Unhealthy, After(Silence()));
        Assert.Equal(DestinationHealth.Healthy, After(Answer(HttpStatusCode.OK)));
    }

    [Fact]
    public void Silence_WhileTheProberIsLate_SaysNothing()
    {
        _delay.Add(TimeSpan.FromSeconds(3));
        for (var probe = 0; probe < 10; probe++)
        {
            Assert.Equal(DestinationHealth.Unknown, After(Silence()));
        }
    }

    [Fact]
    public void Silence_LongAfterTheProberWasLate_CountsAgain()
    {
        _delay.Add(TimeSpan.FromSeconds(3));
        _delay.Add(TimeSpan.Zero);
        _time.Advance(TimeSpan.FromMinutes(1));

        After(Silence());
        Assert.Equal(DestinationHealth.Unhealthy, After(Silence()));
    }

    [Fact]
    public void Silence_ThatSaysNothing_NeitherEndsAStreakNorMakesItLonger()
    {
        After(Silence());
        _delay.Add(TimeSpan.FromSeconds(3));
        After(Silence());
        _delay.Add(TimeSpan.Zero);
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(DestinationHealth.Unhealthy, After(Silence()));
    }

    [Fact]
    public void Refusal_SaysTheSame_HoweverLateTheProberIs()
    {
        _delay.Add(TimeSpan.FromSeconds(3));

        After(Failure(SocketError.ConnectionRefused));
        Assert.Equal(DestinationHealth.Unhealthy, After(Failure(SocketError.ConnectionRefused)));
    }

    [Fact]
    public void BadAnswer_SaysTheSame_HoweverLateTheProberIs()
    {
        _delay.Add(TimeSpan.FromSeconds(3));

        After(Answer(HttpStatusCode.ServiceUnavailable));
        Assert.Equal(DestinationHealth.Unhealthy, After(Answer(HttpStatusCode.ServiceUnavailable)));
    }

    [Fact]
    public void ProbeThatCouldNotBeSent_ForLackOfADescriptor_SaysNothing()
    {
        for (var probe = 0; probe < 10; probe++)
        {
            Assert.Equal(DestinationHealth.Unknown, After(Failure(SocketError.TooManyOpenSockets)));
        }
    }

    private DestinationHealth After(DestinationProbingResult probe)
    {
        _probes.ProbingCompleted(_cluster.State, [probe]);
        probe.Response?.Dispose();
        return _cluster.All[0].Health.Active;
    }

    private DestinationProbingResult Silence() => new(_cluster.All[0], null, new TaskCanceledException());

    private DestinationProbingResult Answer(HttpStatusCode status) => new(_cluster.All[0], new HttpResponseMessage(status), null);

    private DestinationProbingResult Failure(SocketError error) =>
        new(_cluster.All[0], null, new HttpRequestException(HttpRequestError.ConnectionError, "no", new SocketException((int)error)));

    private sealed class Updater : IDestinationHealthUpdater
    {
        public void SetActive(ClusterState cluster, IEnumerable<NewActiveDestinationHealth> newHealthStates)
        {
            foreach (var one in newHealthStates)
            {
                one.Destination.Health.Active = one.NewActiveHealth;
            }
        }

        public void SetPassive(ClusterState cluster, DestinationState destination, DestinationHealth newHealth, TimeSpan reactivationPeriod) => throw new NotSupportedException();
    }
}
