using System.Net;
using System.Net.Sockets;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Dev;

/// <summary>The one command of the README, from the root of the repository, with its fixed ports.</summary>
[Collection("Builds")]
[Trait("Category", "Long")]
public sealed class DevTests : IDisposable
{
    private static readonly Uri Gateway = new("http://127.0.0.1:8080");
    private static readonly Uri Admin = new("http://127.0.0.1:9900");

    /// <summary>It builds first.</summary>
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(4);

    /// <summary>What the README promises for Ctrl+C.</summary>
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(10);

    /// <summary>Without the build servers that the SDK leaves running for the next build.</summary>
    private static readonly Dictionary<string, string?> NoBuildServers = new()
    {
        ["MSBUILDDISABLENODEREUSE"] = "1",
        ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
        ["UseSharedCompilation"] = "false",
        ["REDIS"] = null,
    };

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });

    [Fact(Explicit = true)]
    public async Task DotnetRun_StartsEverything_AndCtrlCEndsEverything()
    {
        ExpectFreePorts(8080, 9900, 5001, 5002);

        // A session of its own, as a terminal gives: Ctrl+C goes to every process of it. In the background it would be ignored.
        await using var dev = ChildProcess.Start(
            Requirements.Find("setsid", "setsid"), ["env", "--default-signal=INT", "dotnet", "run", "dev.cs"], Repository.Root, NoBuildServers);
        try
        {
            await WaitUntilReadyAsync(dev);
            var (ann, ben) = await JoinOnBothNodesAsync();
            await using var _ = ann;
            await using var __ = ben;

            await ann.SendAsync("""{"message": "hello"}""");
            await ExpectAsync(ann, "hello", "ann");
            await ExpectAsync(ben, "hello", "ann");

            dev.InterruptGroup();
            await ann.ExpectCloseAsync(1012);
            await ben.ExpectCloseAsync(1012);
            await dev.WaitForExitAsync(StopDeadline);

            Assert.Equal(0, dev.ExitCode);
            await Eventually.IsAsync(_ => Task.FromResult(!dev.HasGroup()), "every process that dev.cs started to be over", Deadline.Length);
        }
        finally
        {
            dev.KillGroup();
        }
    }

    [Fact(Explicit = true)]
    public async Task PortThatIsTaken_EndsItWithOneLine_BeforeAnythingIsStarted()
    {
        ExpectFreePorts(8080, 9900, 5001, 5002);
        using var taken = new TcpListener(IPAddress.Loopback, 5002);
        taken.Start();

        await using var dev = ChildProcess.Start("dotnet", ["run", "dev.cs"], Repository.Root, NoBuildServers);
        await dev.WaitForExitAsync(StartDeadline);

        // The SDK says that it builds, which takes up to a minute, because dev.run.json has it do so.
        Assert.Contains("Building...", dev.Output, StringComparison.Ordinal);
        Assert.EndsWith("127.0.0.1 has no room at port 5002: end what listens there (ss -ltnp shows it). Another dev.cs, perhaps?", dev.Output, StringComparison.Ordinal);
        Assert.InRange(dev.Output.Split('\n').Length, 2, 3);
        Assert.Equal(1, dev.ExitCode);
    }

    public void Dispose() => _http.Dispose();

    private async Task WaitUntilReadyAsync(ChildProcess dev) => await Eventually.IsAsync(
        async cancellationToken =>
        {
            Assert.False(dev.HasExited, $"dev.cs ended. It printed:{Environment.NewLine}{dev.Output}");
            using var answer = await _http.GetAsync(new Uri(Admin, "/readyz"), cancellationToken);
            return answer.StatusCode is HttpStatusCode.OK;
        },
        $"{Admin}readyz",
        StartDeadline,
        () => $"dev.cs printed:{Environment.NewLine}{dev.Output}");

    private async Task<(RawWebSocket Ann, RawWebSocket Ben)> JoinOnBothNodesAsync()
    {
        var ann = await JoinAsync("ann");
        var first = await NodeOfAsync(ann);
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var ben = await JoinAsync("ben");
            if (await NodeOfAsync(ben) != first)
            {
                // What ben asked came to ann as well.
                while ((await HearAsync(ann)).Node == first)
                {
                }

                return (ann, ben);
            }

            await ben.DisposeAsync();
        }

        throw new InvalidOperationException("The gateway gave every client to one backend.");
    }

    private async Task<RawWebSocket> JoinAsync(string user)
    {
        var token = await _http.GetStringAsync(new Uri(Gateway, $"/dev/token?user={user}"), TestContext.Current.CancellationToken);
        return await RawWebSocket.ConnectAsync(
            Gateway, "/ws/start/blue", $"Sec-WebSocket-Protocol: {AttributedMessage.Subprotocol}, {Tokens.AsSubprotocol(token)}");
    }

    private static async Task<string> NodeOfAsync(RawWebSocket client)
    {
        await client.SendAsync("""{"message": "where am I"}""");
        return (await HearAsync(client)).Node;
    }

    private static async Task ExpectAsync(RawWebSocket client, string message, string from)
    {
        var heard = await HearAsync(client);
        Assert.Equal((message, from), (heard.Message, heard.From));
    }

    private static async Task<AttributedMessage> HearAsync(RawWebSocket client)
    {
        var frame = await client.ReadFrameAsync("a message");
        Assert.Equal(Opcode.Text, frame?.Opcode);
        return AttributedMessage.Parse(frame!.Text);
    }

    private static void ExpectFreePorts(params int[] ports)
    {
        foreach (var port in ports)
        {
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
            }
            catch (SocketException)
            {
                Assert.Fail($"dev.cs needs port {port}, but somebody else has it.");
            }
        }
    }
}
