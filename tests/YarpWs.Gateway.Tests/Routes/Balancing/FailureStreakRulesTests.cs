using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Routes.Balancing;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Tests.Sockets;

namespace YarpWs.Gateway.Tests.Routes.Balancing;

/// <summary>What makes a streak longer, and what ends it.</summary>
public sealed class FailureStreakRulesTests : IDisposable
{
    private static readonly Exception Refused = new HttpRequestException(HttpRequestError.ConnectionError, "refused", new SocketException((int)SocketError.ConnectionRefused));
    private static readonly Exception Reset = new HttpRequestException("sent", new IOException("reset", new SocketException((int)SocketError.ConnectionReset)));

    private readonly TestCluster _cluster = new(new Dictionary<string, string> { ["Balancing.FailuresInARow"] = "3" }, ("a", null), ("b", null));
    private readonly Updates _updates = new();
    private readonly FakeTimeProvider _time = new();
    private readonly FailureStreak _streak;

    public FailureStreakRulesTests() => _streak = new FailureStreak(new ClusterBalancing(new FakeTimeProvider()), _updates, new HealthReasons(), _time);

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void NotReached_ThreeTimes_ByOneClient_IsEnough()
    {
        Fail(Refused, "192.0.2.1", times: 3);

        Assert.Equal(1, _updates.Count);
    }

    [Fact]
    public void NoAnswer_ByOneClient_IsNeverEnough()
    {
        Fail(Reset, "192.0.2.1", times: 100);

        Assert.Equal(0, _updates.Count);
    }

    [Fact]
    public void NoAnswer_ByAddressesOfOneIPv6Network_IsOneClients()
    {
        for (var host = 1; host <= 10; host++)
        {
            Fail(Reset, $"2001:db8::{host:x}");
        }

        Assert.Equal(0, _updates.Count);
    }

    [Fact]
    public void NoAnswer_BySeveralClients_IsEnough()
    {
        Fail(Reset, "192.0.2.1");
        Fail(Reset, "192.0.2.2");
        Assert.Equal(0, _updates.Count);
        Fail(Reset, "192.0.2.3");

        Assert.Equal(1, _updates.Count);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(429)]
    public void AnswerThatAClientCausesByItself_DoesNotEndAStreak(int status)
    {
        Fail(Refused, "192.0.2.1", times: 2);
        Answer(status);
        Fail(Refused, "192.0.2.1");

        Assert.Equal(1, _updates.Count);
    }

    [Fact]
    public void GoodAnswer_EndsAStreak()
    {
        Fail(Refused, "192.0.2.1", times: 2);
        Answer(200);
        Fail(Refused, "192.0.2.1", times: 2);

        Assert.Equal(0, _updates.Count);
    }

    /// <summary>It was accepted long ago, perhaps, and says nothing about those that are not accepted now.</summary>
    [Fact]
    public void SocketThatEnds_DoesNotEndAStreak()
    {
        var wheel = new DeadlineWheel(TimeProvider.System, NullLogger<DeadlineWheel>.Instance);
        using var socket = new TestSocket(wheel, TimeProvider.System);
        Fail(Refused, "192.0.2.1", times: 2);
        Answer(101, socket.Live);
        Fail(Refused, "192.0.2.1");

        Assert.Equal(1, _updates.Count);
    }

    /// <summary>Those of one moment are one failure; three moments are three, whoever was on the sockets.</summary>
    [Fact]
    public async Task SocketsThatAreLost_AreAFailure_EachTime()
    {
        var wheel = new DeadlineWheel(TimeProvider.System, NullLogger<DeadlineWheel>.Instance);
        for (var moment = 1; moment <= 3; moment++)
        {
            Assert.Equal(0, _updates.Count);
            for (var client = 1; client <= 2; client++)
            {
                using var socket = new TestSocket(wheel, TimeProvider.System, clientAddress: $"192.0.{moment}.{client}");
                Assert.True(socket.Live.CloseAtOnce(SocketClose.BackendLost));
                await socket.Live.Client.Sink.FinishAsync();
                _streak.Ended(socket.Live, _cluster.State, _cluster.All[0]);
            }

            _time.Advance(TimeSpan.FromSeconds(11));
        }

        Assert.Equal(1, _updates.Count);
    }

    [Fact]
    public void DestinationThatCameBack_TakesTheFullStreakAgain()
    {
        Fail(Refused, "192.0.2.1", times: 3);
        Fail(Refused, "192.0.2.1", times: 2);
        Assert.Equal(1, _updates.Count);
        Fail(Refused, "192.0.2.1");

        Assert.Equal(2, _updates.Count);
    }

    public static TheoryData<ForwarderError, Exception> NobodysFaults => new()
    {
        // What the platform refuses to write for a client, and what this process lacks.
        { ForwarderError.Request, new HttpRequestException("Request headers must contain only ASCII characters.") },
        { ForwarderError.Request, new HttpRequestException(HttpRequestError.ConnectionError, "no", new SocketException((int)SocketError.TooManyOpenSockets)) },
        { ForwarderError.Request, new HttpRequestException(HttpRequestError.ConnectionError, "no", new SocketException((int)SocketError.AddressNotAvailable)) },
        { ForwarderError.RequestCreation, new InvalidOperationException("no") },
        { ForwarderError.RequestCanceled, new OperationCanceledException() },
        { ForwarderError.RequestBodyClient, new IOException("the client ended") },
        { ForwarderError.ResponseBodyClient, new IOException("the client ended") },
    };

    [Theory]
    [MemberData(nameof(NobodysFaults))]
    public void FailureThatIsNotTheDestinations_IsNotCounted_AndEndsNothing(ForwarderError error, Exception exception)
    {
        Fail(Refused, "192.0.2.1", times: 2);
        for (var client = 1; client <= 5; client++)
        {
            Proxied(Context($"192.0.2.{client}", error, exception));
        }

        Assert.Equal(0, _updates.Count);
        Fail(Refused, "192.0.2.1");
        Assert.Equal(1, _updates.Count);
    }

    private void Fail(Exception exception, string client, int times = 1)
    {
        for (var time = 0; time < times; time++)
        {
            Proxied(Context(client, ForwarderError.Request, exception));
        }
    }

    private void Answer(int status, LiveSocket? socket = null)
    {
        var context = Context("192.0.2.9", ForwarderError.None, null);
        context.Features.Set<IForwarderErrorFeature>(null);
        context.Response.StatusCode = status;
        context.Features.Set(socket);
        Proxied(context);
    }

    private void Proxied(HttpContext context) => _streak.RequestProxied(context, _cluster.State, _cluster.All[0]);

    private static DefaultHttpContext Context(string client, ForwarderError error, Exception? exception)
    {
        var context = new DefaultHttpContext();
        context.Features.Set(new Client(IPAddress.Parse(client), "http", "example.com"));
        context.Features.Set<IForwarderErrorFeature>(new Failure(error, exception));
        return context;
    }

    private sealed record Failure(ForwarderError Error, Exception? Exception) : IForwarderErrorFeature;

    private sealed class Updates : IDestinationHealthUpdater
    {
        public int Count { get; private set; }

        public void SetActive(ClusterState cluster, IEnumerable<NewActiveDestinationHealth> newHealthStates) => throw new NotSupportedException();

        public void SetPassive(ClusterState cluster, DestinationState destination, DestinationHealth newHealth, TimeSpan reactivationPeriod) => Count++;
    }
}
