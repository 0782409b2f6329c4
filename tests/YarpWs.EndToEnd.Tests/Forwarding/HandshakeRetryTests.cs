using System.Globalization;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Forwarding;

/// <summary>A handshake that one backend does not take is offered to the other; health checks are off, so that nothing else helps.</summary>
public sealed class HandshakeRetryTests
{
    private static readonly (string, string?) NoHealthChecks = ("ReverseProxy:Clusters:backend:HealthCheck:Active:Enabled", "false");

    [Fact]
    public async Task Handshake_WhenOneBackendIsGone_OpensOnTheOther()
    {
        await using var gateway = await EchoGateway.StartAsync(
            NoHealthChecks, ("ReverseProxy:Clusters:backend:Destinations:a:Address", EchoGateway.Nowhere()));

        await using var first = await gateway.AskAsync(Way.Handshake, "/open/x");
        await using var second = await gateway.AskAsync(Way.Handshake, "/open/x");

        Assert.Equal((101, 101), (first.Status, second.Status));
        Assert.Equal(2, gateway.B.Sockets);
    }

    [Theory]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task Handshake_WhenOneBackendTurnsItAway_OpensOnTheOther(int status)
    {
        await using var gateway = await EchoGateway.StartAsync(NoHealthChecks);
        gateway.A.RefusesWith = status;

        await using var first = await gateway.AskAsync(Way.Handshake, "/open/x");
        await using var second = await gateway.AskAsync(Way.Handshake, "/open/x");

        Assert.Equal((101, 101), (first.Status, second.Status));
        Assert.Equal(2, gateway.B.Sockets);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(500)]
    public async Task Handshake_ThatABackendRefuses_IsNotTriedAgain(int status)
    {
        await using var gateway = await EchoGateway.StartAsync(NoHealthChecks);
        gateway.A.RefusesWith = gateway.B.RefusesWith = status;

        await using var refused = await gateway.AskAsync(Way.Handshake, "/open/x");

        Assert.Equal(status, refused.Status);
        Assert.DoesNotContain(gateway.Logs.Lines, line => line.Event.Id == 1300);
    }

    [Fact]
    public async Task Handshake_WhenEveryBackendIsFull_Is503()
    {
        await using var gateway = await EchoGateway.StartAsync(NoHealthChecks);
        gateway.A.RefusesWith = gateway.B.RefusesWith = 503;

        await using var refused = await gateway.AskAsync(Way.Handshake, "/open/x");

        Assert.Equal(503, refused.Status);
    }

    [Theory]
    [InlineData(Way.Request)]
    [InlineData(Way.Handshake)]
    public async Task Anything_WhenEveryBackendIsGone_Is502AndSaysWhenToComeBack(Way way)
    {
        await using var gateway = await EchoGateway.StartAsync(
            NoHealthChecks,
            ("ReverseProxy:Clusters:backend:Destinations:a:Address", EchoGateway.Nowhere()),
            ("ReverseProxy:Clusters:backend:Destinations:b:Address", EchoGateway.Nowhere()));

        await using var refused = await gateway.AskAsync(way, "/open/x");

        Assert.Equal((502, "1"), (refused.Status, refused.Header("Retry-After")));
    }

    [Theory]
    [InlineData(Way.Request)]
    [InlineData(Way.Handshake)]
    public async Task Anything_WhenNoBackendIsHealthy_Is503AndSaysWhenToComeBack(Way way)
    {
        await using var gateway = await EchoGateway.StartAsync(
            ("ReverseProxy:Clusters:backend:HealthCheck:AvailableDestinationsPolicy", "HealthyAndUnknown"),
            ("ReverseProxy:Clusters:backend:HealthCheck:Active:Interval", "00:00:00.050"),
            ("ReverseProxy:Clusters:backend:Destinations:a:Address", EchoGateway.Nowhere()),
            ("ReverseProxy:Clusters:backend:Destinations:b:Address", EchoGateway.Nowhere()));
        using var deadline = new CancellationTokenSource(Deadline.Length);

        // 502 until the health checks have noticed.
        var answer = (Status: 502, RetryAfter: "");
        while (answer.Status == 502)
        {
            await Eventually.AgainAsync(deadline.Token);
            await using var refused = await gateway.AskAsync(way, "/open/x");
            answer = (refused.Status, refused.Header("Retry-After")!);
        }

        Assert.Equal(503, answer.Status);
        Assert.InRange(int.Parse(answer.RetryAfter, CultureInfo.InvariantCulture), 1, 30);
    }

    [Fact]
    public async Task LeastRequests_CountsLiveSockets()
    {
        await using var gateway = await EchoGateway.StartAsync();
        var sockets = new List<RawWebSocket>();
        for (var i = 0; i < 10; i++)
        {
            var socket = await gateway.AskAsync(Way.Handshake, "/open/x");
            await socket.ReadFrameAsync("the backend's report");
            sockets.Add(socket);
        }

        Assert.Equal((5, 5), (gateway.A.Sockets, gateway.B.Sockets));
        foreach (var socket in sockets)
        {
            await socket.DisposeAsync();
        }
    }
}
