using System.Net;
using System.Net.WebSockets;
using YarpWs.Gateway.Sockets.Draining;

namespace YarpWs.Gateway.Tests.Sockets.Draining;

public sealed class ShutdownDrainTests : IAsyncLifetime
{
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

    [Theory]
    [InlineData(10, null, 100)]
    [InlineData(50_000, null, 10_000)]
    [InlineData(50_000, 30.0, 30)]
    public void Rate_IsWhatWasSet_ElseAsManyAsItTakes(int sockets, double? set, double expected) =>
        Assert.Equal(expected, ShutdownDrain.RateFor(sockets, new ShutdownOptions { Timeout = TimeSpan.FromSeconds(10), SocketsPerSecond = set }));

    [Fact]
    public async Task GatewayThatStops_LetsNothingNewIn_WhileItTellsItsSockets()
    {
        await using var gateway = await TestGateway.StartAsync(_a, _b, ("Shutdown:SocketsPerSecond", "1"));
        using var first = await ConnectAsync(gateway);
        using var second = await ConnectAsync(gateway);
        using var admin = new HttpClient { BaseAddress = gateway.Admin };

        var stopping = gateway.StopAsync();
        Assert.Equal(1012, await ClosedAsync(first));

        using var ready = await admin.GetAsync("/readyz", Deadline.Token());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(gateway));
        Assert.Equal((1012, true), (await ClosedAsync(second), !stopping.IsCompleted));
        await stopping.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
        Assert.DoesNotContain(gateway.Log.Lines, line => line.Contains("are cut;", StringComparison.Ordinal));
    }

    [Fact]
    public async Task GatewayThatIsToldToStop_GoesOnForItsDelay_NotReady()
    {
        await using var gateway = await TestGateway.StartAsync(_a, _b, ("Shutdown:Delay", "00:00:02"));
        using var admin = new HttpClient { BaseAddress = gateway.Admin };
        var stopping = gateway.StopAsync();
        await gateway.Log.ExpectAsync(1005);

        using var ready = await admin.GetAsync("/readyz", Deadline.Token());
        using var client = await ConnectAsync(gateway);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal(1012, await ClosedAsync(client));
        await stopping.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task SocketsThatAreLeftAtTheDeadline_AreCut_AndCountedInOneLine()
    {
        await using var gateway = await TestGateway.StartAsync(_a, _b, ("Shutdown:SocketsPerSecond", "1"), ("Shutdown:Timeout", "00:00:01"));
        var sockets = new List<ClientWebSocket>();
        for (var i = 0; i < 5; i++)
        {
            sockets.Add(await ConnectAsync(gateway));
        }

        await gateway.StopAsync().WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);

        Assert.Contains("5 sockets were not over in time and are cut", await gateway.Log.ExpectAsync(1002), StringComparison.Ordinal);
        sockets.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task RequestThatIsBeingAnswered_MayFinish()
    {
        await using var gateway = await TestGateway.StartAsync(_a, _b);
        _a.Holds = _b.Holds = new TaskCompletionSource();
        var answer = gateway.Http.GetAsync(new Uri("/", UriKind.Relative), Deadline.Token());
        await Task.WhenAny(_a.Asked, _b.Asked).WaitAsync(Deadline.Token());

        var stopping = gateway.StopAsync();
        _a.Holds.SetResult();
        _b.Holds.TrySetResult();

        Assert.Equal(HttpStatusCode.OK, (await answer).StatusCode);
        await stopping.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
    }

    private static Task<ClientWebSocket> ConnectAsync(TestGateway gateway) =>
        gateway.ConnectAsync("/ws/start/blue", options => options.SetRequestHeader("Authorization", "Bearer " + Tokens.For("ann")));

    private static async Task<int?> ClosedAsync(ClientWebSocket socket)
    {
        await socket.ReceiveAsync(new byte[16].AsMemory(), Deadline.Token());
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Deadline.Token());
        return (int?)socket.CloseStatus;
    }
}
