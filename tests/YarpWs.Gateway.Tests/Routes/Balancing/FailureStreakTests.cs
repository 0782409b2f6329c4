using System.Net;
using System.Net.WebSockets;

namespace YarpWs.Gateway.Tests.Routes.Balancing;

public class FailureStreakTests : IAsyncLifetime
{
    private Destination _a = null!;
    private Destination _b = null!;

    private static (string, string?)[] Settings =>
    [
        ("Logging:LogLevel:Yarp.ReverseProxy.Forwarder", "Trace"),
        ("ReverseProxy:Clusters:backend:HealthCheck:Active:Enabled", "false"),
        ("ReverseProxy:Clusters:backend:HealthCheck:Passive:Enabled", "true"),
        ("ReverseProxy:Clusters:backend:HealthCheck:Passive:Policy", "FailureStreak"),
        ("ReverseProxy:Clusters:backend:HealthCheck:Passive:ReactivationPeriod", "01:00:00"),
        ("ReverseProxy:Clusters:backend:LoadBalancingPolicy", "RoundRobin"),
        ("ReverseProxy:Clusters:backend:Metadata:Balancing.FailuresInARow", "2"),
    ];

    public async ValueTask InitializeAsync()
    {
        _a = await Destination.StartAsync();
        _b = await Destination.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Fact]
    public async Task Destination_ThatTurnsHandshakesAway_IsTakenOut()
    {
        await using var gateway = await TestGateway.StartAsync(_a, _b, Settings);
        _a.RefuseWith = 503;

        for (var i = 0; i < 20; i++)
        {
            (await ConnectAsync(gateway, $"user {i}")).Dispose();
        }

        Assert.Equal(2, _a.Arrivals.Count);
    }

    [Fact]
    public async Task Destination_ThatTurnsAwayOneClientAlone_StaysIn()
    {
        await using var gateway = await TestGateway.StartAsync(_a, _b, Settings);
        _a.RefuseWith = 503;

        for (var i = 0; i < 20; i++)
        {
            (await ConnectAsync(gateway, "ann")).Dispose();
        }

        Assert.Equal(10, _a.Arrivals.Count);
    }

    [Fact]
    public async Task Request_ToADestinationThatIsGone_IsAnsweredByTheOther_AndItIsTakenOut()
    {
        await using var gateway = await TestGateway.StartAsync(_a, _b, Settings);
        await _a.DisposeAsync();

        for (var i = 0; i < 20; i++)
        {
            using var response = await gateway.Http.GetAsync(new Uri("/", UriKind.Relative), Deadline.Token());
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.Equal(2, gateway.Log.Lines.Count(line => line.StartsWith("Yarp.ReverseProxy.Forwarder.HttpForwarder: Request: ", StringComparison.Ordinal)));
        Assert.Single(gateway.Log.Lines, line => line.Contains("did not answer a request of route home; the request is tried on another one.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Destination_ThatLosesAllItsSocketsAtOnce_HasFailedOnce()
    {
        await using var gateway = await TestGateway.StartAsync(_a, _b, Settings);
        var sockets = new List<ClientWebSocket>();
        for (var i = 0; i < 20; i++)
        {
            sockets.Add(await ConnectAsync(gateway, $"user {i}"));
        }

        var before = _a.Arrivals.Count;
        _a.CutSockets();
        _b.CutSockets();
        foreach (var socket in sockets)
        {
            Assert.Equal(1012, (int)(await socket.ReceiveAsync(new byte[16], Deadline.Token())).CloseStatus!.Value);
            socket.Dispose();
        }

        for (var i = 0; i < 4; i++)
        {
            (await ConnectAsync(gateway, $"user {i}")).Dispose();
        }

        Assert.Equal(before + 2, _a.Arrivals.Count);
    }

    private static Task<ClientWebSocket> ConnectAsync(TestGateway gateway, string user) =>
        gateway.ConnectAsync("/ws/start/blue", options => options.SetRequestHeader("Authorization", "Bearer " + Tokens.For(user)));
}
