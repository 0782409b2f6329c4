using System.Net;
using System.Net.Sockets;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Outages;

/// <summary>A gateway whose system allows it few descriptors: <c>ulimit -n</c>.</summary>
public sealed class DescriptorTests
{
    private static readonly string Shipped = Path.Combine(AppContext.BaseDirectory, "config", "gateway.json");

    [Fact]
    public async Task Gateway_WithTooFewDescriptors_DoesNotStart_AndSaysWhatToDo()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limit is Linux's.");
        await using var gateway = GatewayProcess.Run(256, Shipped, Tokens.Settings);

        await gateway.WaitForExitAsync(TimeSpan.FromMinutes(1));

        Assert.Contains("256 descriptors, which is not enough to start", gateway.Output, StringComparison.Ordinal);
        Assert.Contains("ulimit -n", gateway.Output, StringComparison.Ordinal);
        Assert.InRange(gateway.ExitCode, 1, 127);
    }

    [Fact]
    public async Task Gateway_WhoseDescriptorsAreTaken_Lives_AnswersTheOperator_MarksNobody_AndServesAgainWhenTheyAreFree()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limit is Linux's.");
        await using var gateway = await GatewayProcess.StartAsync(descriptors: 400, Shipped);
        await using var early = await gateway.OpenAsync();
        Assert.Contains("Edge:MaxConnections allows", gateway.Process.Output, StringComparison.Ordinal);

        // More than there are, each with a request that wants a destination.
        List<TcpClient> crowd = [];
        try
        {
            for (var i = 0; i < 300; i++)
            {
                crowd.Add(await ConnectAsync(gateway.Address));
            }

            await Task.WhenAll(crowd.Select(AskAsync));
            await Eventually.IsAsync(
                _ => Task.FromResult(gateway.Process.Output.Contains("closed at once", StringComparison.Ordinal)), "the line in the log", Deadline.Length, () => gateway.Process.Output);

            // Whoever is here is served on, and the operator is answered.
            Assert.Contains("\"health\"", await gateway.Http.GetStringAsync(new Uri(gateway.Admin, "/destinations"), TestContext.Current.CancellationToken), StringComparison.OrdinalIgnoreCase);
            await early.SendAsync("still here");
        }
        finally
        {
            crowd.ForEach(client => client.Dispose());
        }

        await Eventually.IsAsync(
            async cancellation =>
            {
                using var answer = await gateway.Http.GetAsync(new Uri(gateway.Address, "/open/again"), cancellation);
                return answer.StatusCode == HttpStatusCode.OK;
            },
            "the gateway to serve again",
            Deadline.Length,
            () => gateway.Process.Output);
        Assert.False(gateway.Process.HasExited, gateway.Process.Output);
        Assert.DoesNotContain("Unhealthy", gateway.Process.Output, StringComparison.OrdinalIgnoreCase);
        Assert.Single(gateway.Process.Output.Split(Environment.NewLine), line => line.Contains("closed at once:", StringComparison.Ordinal));
    }

    private static async Task<TcpClient> ConnectAsync(Uri address)
    {
        var client = new TcpClient();
        try
        {
            await client.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        }
        catch (SocketException)
        {
            // Reset before it was known to be there: one of those that are one too many.
        }

        return client;
    }

    /// <summary>Asks, and stays.</summary>
    private static async Task AskAsync(TcpClient client)
    {
        try
        {
            await client.GetStream().WriteAsync("GET /open/x HTTP/1.1\r\nHost: gateway\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            // Closed at once.
        }
    }
}
