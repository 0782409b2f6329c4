using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace YarpWs.EndToEnd.Tests.Outages;

/// <summary>What the sockets of a gateway see that is told to stop by a signal, and of one that is told to drain a destination.</summary>
public sealed class StoppedGatewayTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Terminated_TellsEverySocket_AndEndsWhenTheLastIsOver()
    {
        await using var gateway = await GatewayProcess.StartAsync(("Shutdown:Timeout", "00:00:30"), ("Shutdown:SocketsPerSecond", "20"));
        var sockets = await OpenAsync(gateway, 20);

        gateway.Process.Stop();

        Assert.Equal(Enumerable.Repeat(1012, 20), (await Task.WhenAll(sockets.Select(ClosedAsync))).Select(closed => closed.Code));
        await gateway.Process.WaitForExitAsync(Patience);
        Assert.Equal(0, gateway.Process.ExitCode);
    }

    [Fact]
    public async Task TerminatedTwice_EndsAtOnce_WithTheCodeOfTheSignal()
    {
        await using var gateway = await GatewayProcess.StartAsync(("Shutdown:Timeout", "00:10:00"), ("Shutdown:SocketsPerSecond", "1"));
        var sockets = await OpenAsync(gateway, 2);
        gateway.Process.Stop();
        await ClosedAsync(sockets[0]);

        gateway.Process.Stop();
        await gateway.Process.WaitForExitAsync(Patience);

        Assert.Equal(128 + 15, gateway.Process.ExitCode);
        Assert.Contains("Told to stop a second time", gateway.Process.Output, StringComparison.Ordinal);
    }

    /// <summary>The pace itself is held to by <c>DrainTests</c>, with a clock of its own; here it is only printed.</summary>
    [Fact]
    public async Task DrainedDestination_LosesAllOfFiveHundredSockets()
    {
        await using var gateway = await GatewayProcess.StartAsync(("ReverseProxy:Clusters:backend:LoadBalancingPolicy", "FirstAlphabetical"));
        var sockets = await OpenAsync(gateway, 500);
        var started = Stopwatch.GetTimestamp();
        var closing = sockets.Select(ClosedAsync).ToList();

        using var answer = await gateway.Http.PostAsJsonAsync(new Uri(gateway.Admin, "/destinations/a/drain"), new { perSecond = 250 }, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
        var closed = await Task.WhenAll(closing);

        Assert.All(closed, one => Assert.Equal(1012, one.Code));
        var windows = closed.CountBy(one => (int)(Stopwatch.GetElapsedTime(started, one.At).TotalMilliseconds / 100)).OrderBy(window => window.Key);
        TestContext.Current.TestOutputHelper!.WriteLine("Closed per 100 ms: " + string.Join(' ', windows.Select(window => $"{window.Key}:{window.Value}")));
        await Eventually.IsAsync(
            async cancellation =>
            {
                var list = await gateway.Http.GetFromJsonAsync<JsonElement>(new Uri(gateway.Admin, "/destinations"), cancellation);
                var drain = list.GetProperty("destinations")[0].GetProperty("draining");
                return drain.GetProperty("done").GetInt32() == 500 && drain.GetProperty("left").GetInt32() == 0;
            },
            "the drain to be done",
            Patience);
    }

    private static async Task<IReadOnlyList<RawWebSocket>> OpenAsync(GatewayProcess gateway, int count)
    {
        var sockets = new RawWebSocket[count];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (index, _) => sockets[index] = await gateway.OpenAsync());
        return sockets;
    }

    /// <summary>Waits for the close frame, answers it, and hangs up.</summary>
    private static async Task<(int Code, long At)> ClosedAsync(RawWebSocket socket)
    {
        await using (socket)
        {
            var frame = await socket.ReadFrameAsync("the close frame");
            var at = Stopwatch.GetTimestamp();
            Assert.Equal(Opcode.Close, frame?.Opcode);
            return (frame!.CloseCode, at);
        }
    }
}
