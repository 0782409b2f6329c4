using System.Net;
using System.Net.Http.Headers;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.EndToEnd.Tests.Outages;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Telemetry;

/// <summary>What both processes send to a collector.</summary>
public sealed class ExportTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly string[] Probes = ["/livez", "/readyz", "/metrics", "/healthz"];

    private OtlpCollector _collector = null!;

    public async ValueTask InitializeAsync() => _collector = await OtlpCollector.StartAsync();

    public ValueTask DisposeAsync() => _collector.DisposeAsync();

    [Fact]
    public async Task Gateway_SendsLinesAsTheyRead_AndRequests_ButNoProbes()
    {
        var token = Tokens.For("ann");
        await using (var gateway = await GatewayProcess.StartAsync(
            ("Telemetry:OtlpEndpoint", _collector.Address),
            ("ReverseProxy:Clusters:backend:HealthCheck:Active:Interval", "00:00:00.200")))
        {
            await gateway.Http.GetStringAsync(new Uri(gateway.Admin, "/metrics"), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway.Http, new Uri(gateway.Address, $"/open/page?secret=zebra&access_token={token}"), token));
            await StopAsync(gateway.Process);
        }

        Assert.Contains(_collector.Logs, line => line.Text.StartsWith("The gateway listens on http://127.0.0.1:", StringComparison.Ordinal));
        Assert.Contains(_collector.Logs, line => line.Text.Contains("GET /open/page 200", StringComparison.Ordinal));
        AssertReadable();
        Assert.Contains(_collector.Spans, span => span.Attributes.Contains("url.path=/open/page"));
        AssertNoProbes();
        Assert.DoesNotContain(_collector.Logs.Concat(_collector.Spans), exported => exported.ToString().Contains("zebra", StringComparison.Ordinal) || exported.ToString().Contains(token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task RoomServer_SendsLinesAsTheyRead_AndRequests_ButNoProbes()
    {
        await using var redis = new EmbeddedGarnet();
        await redis.StartAsync();
        var token = Tokens.For("ann", "webpubsub.sendToGroup");
        await using (var cluster = await ProcessCluster.StartAsync(redis, ("Telemetry:OtlpEndpoint", _collector.Address)))
        {
            using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
            await MetricsPage.ReadAsync(http, cluster.Backends[0], TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.NotFound, await AskAsync(http, new Uri(cluster.Backends[0], "/demo/nothing?secret=zebra"), token));
            await cluster.StopBackendAsync(0);
        }

        Assert.Contains(_collector.Logs, line => line.Text.StartsWith("The room server listens on http://127.0.0.1:", StringComparison.Ordinal));
        AssertReadable();
        Assert.Contains(_collector.Spans, span => span.Attributes.Contains("url.path=/demo/nothing"));
        AssertNoProbes();
        Assert.DoesNotContain(_collector.Logs.Concat(_collector.Spans), exported => exported.ToString().Contains("zebra", StringComparison.Ordinal) || exported.ToString().Contains(token, StringComparison.Ordinal));
    }

    /// <summary>A template has names in braces where the line has values.</summary>
    private void AssertReadable() => Assert.DoesNotContain(_collector.Logs, line => line.Text.Contains('{', StringComparison.Ordinal) || line.Text.Length == 0);

    private void AssertNoProbes()
    {
        Assert.DoesNotContain(_collector.Spans, span => span.Text.Contains("health", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(_collector.Spans, span => span.Attributes.Any(attribute => Probes.Any(probe => attribute.EndsWith(probe, StringComparison.Ordinal))));
    }

    /// <summary>What was not sent yet is sent then.</summary>
    private static async Task StopAsync(ChildProcess process)
    {
        process.Stop();
        await process.WaitForExitAsync(Patience);
    }

    private static async Task<HttpStatusCode> AskAsync(HttpClient http, Uri address, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}
