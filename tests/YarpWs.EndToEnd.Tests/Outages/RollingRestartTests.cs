using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Xunit;

namespace YarpWs.EndToEnd.Tests.Outages;

/// <summary>
/// A gateway that stops hands its sockets to one that was just started, while both processors have something else to do. The other one is short of
/// processor then: it takes what it can, and takes nobody for dead.
/// </summary>
[Collection("Long")]
[Trait("Category", "Long")]
public sealed class RollingRestartTests(ITestOutputHelper output)
{
    private const int SocketsPerSecond = 500;

    /// <summary>
    /// YARPWS_RESTART_SOCKETS makes them others, by hand. 9,000 on eight processors; what a smaller machine can open in some seconds, since clients and backend run on it as well.
    /// </summary>
    private static readonly int Sockets = Set("YARPWS_RESTART_SOCKETS", Math.Min(9_000, 1_200 * Environment.ProcessorCount));

    /// <summary>YARPWS_RESTART_TIMES makes it several times in a row, by hand.</summary>
    [Fact(Explicit = true)]
    public async Task ClientsOfAGatewayThatStops_AreAllBack_OnOneThatJustStarted()
    {
        for (var times = Set("YARPWS_RESTART_TIMES", 1); times > 0; times--)
        {
            await RestartAsync();
        }
    }

    private async Task RestartAsync()
    {
        var stop = ("Shutdown:SocketsPerSecond", SocketsPerSecond.ToString(CultureInfo.InvariantCulture));
        await using var old = await GatewayProcess.StartAsync(("Shutdown:Timeout", "00:02:00"), stop);
        var clients = new List<RawWebSocket>();
        foreach (var some in Enumerable.Range(0, Sockets).Chunk(100))
        {
            clients.AddRange(await Task.WhenAll(some.Select(_ => old.OpenAsync())));
        }

        using var busy = new CancellationTokenSource();
        var burning = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Task.Factory.StartNew(() => Burn(busy.Token), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToList();
        await using var young = await GatewayProcess.StartAsync(
            ("ReverseProxy:Clusters:backend:Destinations:a:Address", old.Backend.Address.ToString()),
            ("ReverseProxy:Clusters:backend:Destinations:b:Address", old.Backend.Address.ToString()));
        old.Process.Stop();
        var started = Stopwatch.GetTimestamp();
        var refusals = 0;
        var last = TimeSpan.Zero;
        var returned = await Task.WhenAll(clients.Select(async client =>
        {
            await client.ExpectCloseAsync(1012);
            await client.DisposeAsync();
            while (true)
            {
                var again = await RawWebSocket.RequestAsync(young.Address, "GET", "/open/x", RawWebSocket.Handshake());
                if (again.Status == 101)
                {
                    last = Stopwatch.GetElapsedTime(started);
                    return again;
                }

                // It opens as many as it can; that it finds its destinations all the while is looked at below.
                Assert.Equal(503, again.Status);
                Interlocked.Increment(ref refusals);
                var pause = TimeSpan.FromSeconds(int.Parse(again.Header("Retry-After")!, CultureInfo.InvariantCulture));
                await again.DisposeAsync();

                // What the gateway asks of its clients.
                await Task.Delay(pause, TestContext.Current.CancellationToken);
            }
        }));
        await busy.CancelAsync();
        await Task.WhenAll(burning);

        var rate = TimeSpan.FromSeconds((double)Sockets / SocketsPerSecond);
        output.WriteLine($"{Sockets} sockets at {SocketsPerSecond}/s take {rate.TotalSeconds:F1} s; the last client was back after {last.TotalSeconds:F1} s, {refusals} refusals.");
        var destinations = JsonDocument.Parse(await young.Http.GetStringAsync(new Uri(young.Admin, "/destinations"), TestContext.Current.CancellationToken)).RootElement.GetProperty("destinations");
        Assert.All(destinations.EnumerateArray(), destination => Assert.NotEqual("unhealthy", destination.GetProperty("health").GetString()));
        Assert.DoesNotContain("'Unhealthy'", young.Process.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("has no destination", young.Process.Output, StringComparison.Ordinal);
        foreach (var socket in returned)
        {
            await socket.SendAsync("still here");
            Assert.Equal(Opcode.Text, (await socket.ReadFrameAsync())?.Opcode);
            await socket.DisposeAsync();
        }

        Assert.True(last < 2 * rate, $"the last client was back after {last}");
    }

    private static int Set(string name, int otherwise) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static void Burn(CancellationToken stop)
    {
        var number = 1UL;
        while (!stop.IsCancellationRequested)
        {
            number = (number * 6364136223846793005) + 1442695040888963407;
        }

        GC.KeepAlive(number);
    }
}
