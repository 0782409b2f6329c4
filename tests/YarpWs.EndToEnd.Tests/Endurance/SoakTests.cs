using System.Net.Sockets;
using System.Text;
using Xunit;
using YarpWs.EndToEnd.Tests.Outages;

namespace YarpWs.EndToEnd.Tests.Endurance;

/// <summary>Everything that comes at a gateway in a bad hour, all at once and for three minutes, with few descriptors: it lives, and gives back what it took.</summary>
[Collection("Long")]
[Trait("Category", "Long")]
public sealed class SoakTests
{
    private const long Megabyte = 1024 * 1024;

    /// <summary>YARPWS_SOAK_MINUTES makes it longer, by hand.</summary>
    private static readonly TimeSpan Length =
        TimeSpan.FromMinutes(int.TryParse(Environment.GetEnvironmentVariable("YARPWS_SOAK_MINUTES"), out var minutes) ? minutes : 3);

    private string _file = "";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Gateway_UnderEverythingAtOnce_Lives_AndGivesBackWhatItTook()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limit is Linux's.");
        var folder = Directory.CreateTempSubdirectory("yarpws-soak-");
        _file = Path.Combine(folder.FullName, "gateway.json");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "config", "gateway.json"), _file);
        await using var gateway = await GatewayProcess.StartAsync(descriptors: 512, _file);

        // Compiled, and with its pools filled, before it is measured.
        await RunAllAsync(gateway, TimeSpan.FromSeconds(20));
        var before = await AtRestAsync(gateway);
        await RunAllAsync(gateway, Length);
        var after = await AtRestAsync(gateway);

        Assert.Contains("\"by\":\"file\"", await gateway.Http.GetStringAsync(new Uri(gateway.Admin, "/routes/history"), Cancelled), StringComparison.Ordinal);
        TestContext.Current.TestOutputHelper!.WriteLine($"Before: {before}. After: {after}.");
        await using var socket = await gateway.OpenAsync();
        Assert.InRange(after.Sockets, 0, before.Sockets + 8);
        Assert.InRange(after.Bytes, 0, before.Bytes + (before.Bytes / 4) + (40 * Megabyte));
        folder.Delete(recursive: true);
    }

    private async Task RunAllAsync(GatewayProcess gateway, TimeSpan length)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        stop.CancelAfter(length);
        var answered = 0;
        await Task.WhenAll(
            RepeatAsync(4, () => FloodAsync(gateway, stop.Token), stop.Token),
            RepeatAsync(150, () => CrowdAsync(gateway, stop.Token), stop.Token),
            RepeatAsync(20, () => SlowAsync(gateway, stop.Token), stop.Token),
            RepeatAsync(8, () => SocketAsync(gateway), stop.Token),
            RepeatAsync(1, () => KillAsync(gateway, stop.Token), stop.Token),
            RepeatAsync(1, () => ReloadAsync(stop.Token), stop.Token),
            RepeatAsync(
                1,
                async () =>
                {
                    // The operator is answered all the time.
                    Assert.Contains("alive", await gateway.Http.GetStringAsync(new Uri(gateway.Admin, "/livez"), Cancelled), StringComparison.Ordinal);
                    await gateway.Http.GetStringAsync(new Uri(gateway.Admin, "/metrics"), Cancelled);
                    answered++;
                },
                stop.Token,
                isGood: true));
        Assert.False(gateway.Process.HasExited, gateway.Process.Output);
        Assert.True(answered > 10, $"The operator was answered {answered} times. {gateway.Process.Output}");
    }

    /// <summary>So many of them at once, again and again. What clients do may fail, for the gateway may refuse them; what must not is good.</summary>
    private static Task RepeatAsync(int count, Func<Task> runAsync, CancellationToken stop, bool isGood = false) => Task.WhenAll(Enumerable.Range(0, count).Select(_ => Task.Run(
        async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    await runAsync();
                }
                catch (Exception exception) when (!isGood && exception is IOException or SocketException or OperationCanceledException or TimeoutException or HttpRequestException or Xunit.Sdk.XunitException)
                {
                    // Refused, cut, or the end of the test.
                }

                await Task.Delay(TimeSpan.FromMilliseconds(20), CancellationToken.None);
            }
        },
        CancellationToken.None)));

    /// <summary>Pipelines requests to nowhere without reading much.</summary>
    private static async Task FloodAsync(GatewayProcess gateway, CancellationToken stop)
    {
        using var client = await ConnectAsync(gateway, stop);
        var requests = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("GET /nowhere HTTP/1.1\r\nHost: gateway\r\n\r\n", 500)));
        var answers = new byte[64 * 1024];
        for (var i = 0; i < 200; i++)
        {
            await client.GetStream().WriteAsync(requests, stop);
            Assert.NotEqual(0, await client.GetStream().ReadAsync(answers, stop));
        }
    }

    /// <summary>Comes, asks for something behind the gateway, stays for a while and goes without a word.</summary>
    private static async Task CrowdAsync(GatewayProcess gateway, CancellationToken stop)
    {
        using var client = await ConnectAsync(gateway, stop);
        await client.GetStream().WriteAsync("GET /open/x HTTP/1.1\r\nHost: gateway\r\n\r\n"u8.ToArray(), stop);
        Assert.NotEqual(0, await client.GetStream().ReadAsync(new byte[4096], stop));
        await Task.Delay(Random.Shared.Next(500), stop);
    }

    /// <summary>Sends a byte of its request now and then, and is gone before the last.</summary>
    private static async Task SlowAsync(GatewayProcess gateway, CancellationToken stop)
    {
        using var client = await ConnectAsync(gateway, stop);
        foreach (var one in "GET /open/slow HTTP/1.1\r\nHost: gateway\r\n"u8.ToArray())
        {
            await client.GetStream().WriteAsync(new[] { one }, stop);
            await Task.Delay(50, stop);
        }
    }

    /// <summary>A socket that sends frames, and ends in one way or the other.</summary>
    private static async Task SocketAsync(GatewayProcess gateway)
    {
        await using var socket = await gateway.OpenAsync();
        for (var i = 0; i < 50; i++)
        {
            await socket.SendAsync("a message of some bytes");
        }

        if (Random.Shared.Next(2) == 0)
        {
            await socket.SendCloseAsync(1000);
            await socket.ReadFrameAsync("the answer to the close frame");
        }
    }

    /// <summary>Cuts everything that the backend holds.</summary>
    private static async Task KillAsync(GatewayProcess gateway, CancellationToken stop)
    {
        await Task.Delay(TimeSpan.FromSeconds(3), stop);
        gateway.Backend.CutAll();
    }

    /// <summary>Changes a route in the file; the gateway takes it by itself.</summary>
    private async Task ReloadAsync(CancellationToken stop)
    {
        await Task.Delay(TimeSpan.FromSeconds(2), stop);
        var shipped = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "config", "gateway.json"), stop);
        var route = $$"""
            "Routes": {
              "soak": { "ClusterId": "backend", "AuthorizationPolicy": "anonymous", "Match": { "Path": "/soak{{Random.Shared.Next(1000)}}/{**rest}" } },
            """;
        const string Start = "\"Routes\": {";
        var at = shipped.IndexOf(Start, shipped.IndexOf("\"ReverseProxy\": {", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.True(at > 0, "The shipped file has no ReverseProxy:Routes.");
        var changed = shipped[..at] + route + shipped[(at + Start.Length)..];
        await File.WriteAllTextAsync(_file, changed, CancellationToken.None);
    }

    private static async Task<TcpClient> ConnectAsync(GatewayProcess gateway, CancellationToken stop)
    {
        var client = new TcpClient();
        try
        {
            await client.ConnectAsync(gateway.Address.Host, gateway.Address.Port, stop);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>Once no socket is open any more and the kept connections are closed: what it still holds. Its assemblies and files stay.</summary>
    private static async Task<Holding> AtRestAsync(GatewayProcess gateway)
    {
        await Eventually.IsAsync(
            async cancellation => (await gateway.Http.GetStringAsync(new Uri(gateway.Admin, "/sockets"), cancellation)).Contains("\"total\":0,", StringComparison.Ordinal),
            "all sockets to end",
            TimeSpan.FromMinutes(1));
        var least = new Holding(int.MaxValue, long.MaxValue);
        await Eventually.IsAsync(
            _ =>
            {
                var now = new Holding(SocketsOf(gateway.Process.Id), gateway.Process.ResidentBytes());
                least = new Holding(Math.Min(least.Sockets, now.Sockets), Math.Min(least.Bytes, now.Bytes));
                return Task.FromResult(now.Sockets < 12);
            },
            "kept connections to be closed",
            TimeSpan.FromMinutes(3),
            () => $"It holds {SocketsOf(gateway.Process.Id)} sockets.");
        return least;
    }

    private static int SocketsOf(int process) => Directory.GetFiles($"/proc/{process}/fd").Count(file => LinkOf(file).StartsWith("socket:", StringComparison.Ordinal));

    private static string LinkOf(string file)
    {
        try
        {
            return new FileInfo(file).LinkTarget ?? "";
        }
        catch (IOException)
        {
            // Closed since it was listed.
            return "";
        }
    }

    private sealed record Holding(int Sockets, long Bytes)
    {
        public override string ToString() => $"{Sockets} sockets, {Bytes / Megabyte} MiB";
    }
}
