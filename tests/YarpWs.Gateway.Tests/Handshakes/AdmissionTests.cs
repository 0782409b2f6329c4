using System.Net;
using System.Net.WebSockets;

namespace YarpWs.Gateway.Tests.Handshakes;

/// <summary>Limits at the door of a whole gateway: who is refused, before anything is upgraded, and when there is room again.</summary>
public sealed class AdmissionTests : IAsyncLifetime
{
    private const string Path = "/ws/start/blue";

    private Destination _a = null!;
    private Destination _b = null!;

    public async ValueTask InitializeAsync()
    {
        _a = await Destination.StartAsync();
        _b = await Destination.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    private int Arrived => _a.Arrivals.Count + _b.Arrivals.Count;

    private Task<TestGateway> StartAsync(params (string Key, string? Value)[] settings) => TestGateway.StartAsync(_a, _b, settings);

    /// <summary>Tries once: a socket, or the answer that it got instead.</summary>
    private static async Task<Try> TryAsync(TestGateway gateway, string user = "ann", string path = Path, string? forwardedFor = null, Version? version = null)
    {
        var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.SetRequestHeader("Authorization", "Bearer " + Tokens.For(user));
        socket.Options.SetRequestHeader("X-Forwarded-For", forwardedFor);
        socket.Options.HttpVersion = version ?? HttpVersion.Version11;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        try
        {
            await socket.ConnectAsync(new Uri($"ws://{gateway.Public.Authority}{path}"), gateway.Http, Deadline.Token());
        }
        catch (WebSocketException) when (socket.HttpStatusCode != 0)
        {
            // The answer says why.
        }

        var retryAfter = socket.HttpResponseHeaders?.TryGetValue("Retry-After", out var values) == true ? int.Parse(values.Single()) : (int?)null;
        return new Try(socket, (int)socket.HttpStatusCode, retryAfter);
    }

    /// <summary>Tries until there is room again: a place is given back when the gateway has seen the end, and not when the client has.</summary>
    private static async Task<Try> TryUntilAcceptedAsync(TestGateway gateway, Version? version = null)
    {
        var deadline = Deadline.Token();
        while (true)
        {
            var attempt = await TryAsync(gateway, version: version);
            if (attempt.IsOpen)
            {
                return attempt;
            }

            attempt.Dispose();
            await Eventually.AgainAsync(deadline);
        }
    }

    [Fact]
    public async Task HandshakesAtOnce_AreLetIn_UpToTheLimitExactly()
    {
        await using var gateway = await StartAsync(("Sockets:MaxSockets", "50"));

        var tries = await Task.WhenAll(Enumerable.Range(0, 200).Select(number => TryAsync(gateway, $"user{number}")));

        Assert.Equal(50, tries.Count(one => one.IsOpen));
        Assert.All(tries.Where(one => !one.IsOpen), one => Assert.Equal((503, true), (one.Status, one.RetryAfter is >= 1 and <= 10)));
        Assert.Equal(50, Arrived);
        Array.ForEach(tries, one => one.Dispose());
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Place_IsGivenBack_HoweverTheSocketEnds(string text)
    {
        var version = Version.Parse(text);
        await using var gateway = await StartAsync(
            ("Sockets:MaxSockets", "1"), ("Kestrel:Endpoints:Http:Protocols", version == HttpVersion.Version20 ? "Http2" : "Http1"));

        using var closed = await TryUntilAcceptedAsync(gateway, version);
        using (var refused = await TryAsync(gateway, version: version))
        {
            Assert.Equal(503, refused.Status);
        }

        await closed.Socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Deadline.Token());
        using var aborted = await TryUntilAcceptedAsync(gateway, version);
        aborted.Socket.Abort();

        _a.RefuseWith = _b.RefuseWith = 404;
        Assert.Equal(404, await StatusOtherThanFullAsync(gateway, version));
        _a.RefuseWith = _b.RefuseWith = 503;
        Assert.Equal(503, await StatusOtherThanFullAsync(gateway, version));
        _a.RefuseWith = _b.RefuseWith = null;

        using var last = await TryUntilAcceptedAsync(gateway, version);
    }

    /// <summary>The answer of a destination, once there is a place to ask it from.</summary>
    private async Task<int> StatusOtherThanFullAsync(TestGateway gateway, Version version)
    {
        var before = Arrived;
        var deadline = Deadline.Token();
        while (true)
        {
            using var attempt = await TryAsync(gateway, version: version);
            if (Arrived > before)
            {
                return attempt.Status;
            }

            await Eventually.AgainAsync(deadline);
        }
    }

    [Fact]
    public async Task Place_IsGivenBack_WhenTheClientLeavesDuringTheHandshake()
    {
        await using var gateway = await StartAsync(("Sockets:MaxSockets", "1"));
        _a.Hangs = _b.Hangs = true;
        using (var leaving = new ClientWebSocket())
        using (var leave = CancellationTokenSource.CreateLinkedTokenSource(Deadline.Token()))
        {
            leaving.Options.SetRequestHeader("Authorization", "Bearer " + Tokens.For("ann"));
            var connecting = leaving.ConnectAsync(new Uri($"ws://{gateway.Public.Authority}{Path}"), gateway.Http, leave.Token);
            while (Arrived == 0)
            {
                await Eventually.AgainAsync(Deadline.Token());
            }

            await leave.CancelAsync();
            await Assert.ThrowsAnyAsync<Exception>(() => connecting);
        }

        _a.Hangs = _b.Hangs = false;
        using var next = await TryUntilAcceptedAsync(gateway);
    }

    [Fact]
    public async Task User_IsCounted_AcrossAddresses_AndAddressesAreThoseBehindATrustedProxy()
    {
        await using var gateway = await StartAsync(
            ("Forwarding:TrustedProxies:0", "127.0.0.1"), ("Sockets:MaxSocketsPerUser", "2"), ("Sockets:MaxSocketsPerAddress", "1"));
        using var first = await TryAsync(gateway, "ann", forwardedFor: "198.51.100.1");
        using var second = await TryAsync(gateway, "ann", forwardedFor: "198.51.100.2");

        using var third = await TryAsync(gateway, "ann", forwardedFor: "198.51.100.3");
        using var another = await TryAsync(gateway, "bob", forwardedFor: "198.51.100.1");
        using var elsewhere = await TryAsync(gateway, "bob", forwardedFor: "198.51.100.3");

        Assert.True(first.IsOpen && second.IsOpen && elsewhere.IsOpen);
        Assert.Equal((429, 429), (third.Status, another.Status));
        Assert.InRange(another.RetryAfter!.Value, 1, 10);
    }

    [Fact]
    public async Task Address_ThatAnUntrustedClientClaims_IsNotCounted()
    {
        await using var gateway = await StartAsync(("Sockets:MaxSocketsPerAddress", "1"));
        using var first = await TryAsync(gateway, forwardedFor: "198.51.100.1");

        using var second = await TryAsync(gateway, forwardedFor: "198.51.100.2");

        Assert.Equal(429, second.Status);
    }

    [Fact]
    public async Task Handshakes_BeyondTheRate_DoNotReachTheDestinations()
    {
        await using var gateway = await StartAsync(("Sockets:HandshakesPerSecond", "0.01 burst 20"));

        var tries = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => TryAsync(gateway)));

        Assert.Equal((20, 20), (tries.Count(one => one.IsOpen), Arrived));
        Assert.All(tries.Where(one => !one.IsOpen), one => Assert.Equal((503, true), (one.Status, one.RetryAfter is >= 50 and <= 101)));
        Array.ForEach(tries, one => one.Dispose());
    }

    [Fact]
    public async Task Retry_OnAnotherDestination_CountsAsWell()
    {
        await using var gateway = await StartAsync(("Sockets:HandshakesPerSecond", "0.01 burst 3"));
        _a.RefuseWith = _b.RefuseWith = 503;

        using var both = await TryAsync(gateway);
        using var one = await TryAsync(gateway);
        using var none = await TryAsync(gateway);

        Assert.Equal(3, Arrived);
        Assert.Equal((503, 503, 503), (both.Status, one.Status, none.Status));
        Assert.True(one.RetryAfter is >= 50 and <= 101 && none.RetryAfter is >= 50 and <= 101);
    }

    [Fact]
    public async Task User_ThatComesTooFast_IsRefusedWith429()
    {
        await using var gateway = await StartAsync(("Sockets:HandshakesPerSecondPerUser", "0.02"));
        using var first = await TryAsync(gateway);

        using var second = await TryAsync(gateway);

        Assert.Equal(429, second.Status);
        Assert.InRange(second.RetryAfter!.Value, 10, 50);
    }

    [Fact]
    public async Task Route_MayHaveALimitOfItsOwn_OrNone()
    {
        await using var gateway = await StartAsync(
            ("Sockets:MaxSockets", "1"),
            ("ReverseProxy:Routes:ws:Metadata:Sockets.MaxSockets", "2"),
            ("ReverseProxy:Routes:client:Metadata:Sockets.MaxSockets", ""));
        using var first = await TryAsync(gateway);
        using var second = await TryAsync(gateway);
        using var third = await TryAsync(gateway);
        using var otherRoute = await TryAsync(gateway, path: "/client/hubs/chat");
        using var otherRouteAgain = await TryAsync(gateway, path: "/client/hubs/chat");

        Assert.True(first.IsOpen && second.IsOpen && otherRoute.IsOpen && otherRouteAgain.IsOpen);
        Assert.Equal(503, third.Status);
    }

    [Fact]
    public async Task Counting_LetsEverybodyIn_AndTellsTheOperator()
    {
        await using var gateway = await StartAsync(("Sockets:MaxSockets", "1"), ("Sockets:HandshakesPerSecond", "0.01"), ("Sockets:Limits", "Count"));
        using var first = await TryAsync(gateway);
        using var second = await TryAsync(gateway);
        using var third = await TryAsync(gateway);

        Assert.True(first.IsOpen && second.IsOpen && third.IsOpen);
        Assert.Contains("Limit MaxSockets of route ws has been reached; what is beyond it is counted", await gateway.Log.ExpectAsync(1320), StringComparison.Ordinal);
        var metrics = await gateway.Http.GetStringAsync(new Uri(gateway.Admin, "/metrics"), Deadline.Token());
        var line = metrics.Split('\n').Single(line => line.StartsWith("yarpws_gateway_limits_total{", StringComparison.Ordinal) && line.Contains("limit=\"MaxSockets\"", StringComparison.Ordinal));
        Assert.Contains("action=\"counted\"", line, StringComparison.Ordinal);
        Assert.Matches("} 2( |$)", line);
    }

    private sealed record Try(ClientWebSocket Socket, int Status, int? RetryAfter) : IDisposable
    {
        public bool IsOpen => Socket.State == WebSocketState.Open;

        public void Dispose() => Socket.Dispose();
    }
}
