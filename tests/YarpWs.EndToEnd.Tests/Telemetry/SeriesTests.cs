using System.Net;
using System.Net.Http.Headers;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Telemetry;

/// <summary>How much each process of a system in its shipped settings has Prometheus keep.</summary>
public sealed class SeriesTests : IAsyncLifetime
{
    /// <summary>Of one process, its whole page: after the start, and after one of everything that clients do all day.</summary>
    private const int Most = 150;

    /// <summary>Nobody who is not the operator can put a value of his own into one of these.</summary>
    private static readonly string[] Labels =
    [
        "action", "by", "cause", "cluster", "code", "cpu_mode", "destination", "direction", "error_type", "file", "gc_heap_generation", "http_connection_state", "http_response_status_code",
        "http_route", "le", "limit", "otel_scope_name", "part", "peer", "reason", "result", "route", "server_port", "state", "tls_protocol_version",
    ];

    private readonly EmbeddedGarnet _redis = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private ProcessCluster _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        await _redis.StartAsync();
        _cluster = await ProcessCluster.StartAsync(_redis);
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await _redis.DisposeAsync();
        _http.Dispose();
    }

    [Fact]
    public async Task Process_HasFewSeries_AtRestAndInUse_ByLabelsThatClientsDoNotFill()
    {
        await AssertAsync("at rest");

        await using (var client = await _cluster.JoinAsync("blue", "ann"))
        {
            await ProcessCluster.NodeOfAsync(client);
            await client.SendCloseAsync(1000);
            await client.ExpectCloseAsync(1000);
        }

        Assert.Equal(HttpStatusCode.OK, await AskAsync(HttpMethod.Get, "/"));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(HttpMethod.Get, "/demo/app.js"));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(HttpMethod.Post, "/api/hubs/chat/groups/push_blue/:send"));
        Assert.Equal(HttpStatusCode.Accepted, await AskAsync(HttpMethod.Post, "/api/hubs/chat/groups/push_blue/:send", Tokens.For("ann", "webpubsub.sendToGroup")));
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(HttpMethod.Get, "/nowhere"));
        await AssertAsync("in use");
    }

    private async Task AssertAsync(string when)
    {
        // The first scrape is itself the first that some series tell of.
        foreach (var process in (Uri[])[_cluster.Admin, .. _cluster.Backends])
        {
            await MetricsPage.ReadAsync(_http, process, TestContext.Current.CancellationToken);
            var page = await MetricsPage.ReadAsync(_http, process, TestContext.Current.CancellationToken);
            var text = string.Join('\n', page.Series);

            TestContext.Current.TestOutputHelper?.WriteLine($"{process} {when}: {page.Series.Count} series");
            Assert.True(page.Series.Count <= Most, $"{process} has {page.Series.Count} series {when}:\n{text}");
            Assert.True(page.Series.Count >= 20, $"{process} has only {page.Series.Count} series {when}:\n{text}");
            Assert.Empty(page.Series.Where(series => series.Name != "target_info").SelectMany(series => series.Labels.Keys).Distinct().Except(Labels));
        }
    }

    private async Task<HttpStatusCode> AskAsync(HttpMethod method, string path, string? token = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(_cluster.Gateway, path));
        request.Content = method == HttpMethod.Post ? new StringContent("hello") : null;
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        using var answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}
