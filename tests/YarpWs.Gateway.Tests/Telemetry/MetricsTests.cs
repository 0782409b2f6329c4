using System.Net;

namespace YarpWs.Gateway.Tests.Telemetry;

public sealed class MetricsTests : IAsyncLifetime
{
    private Destination _destination = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _destination = await Destination.StartAsync();
        _gateway = await TestGateway.StartAsync(_destination, _destination);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _destination.DisposeAsync();
    }

    [Fact]
    public async Task Series_DoNotMultiply_WithWhatClientsInvent()
    {
        for (var i = 0; i < 50; i++)
        {
            await AskAsync($"invented-{i}");
        }

        // Their number is not looked at: the platform's own meters are those of the whole process, other tests included.
        var after = await SeriesAsync();
        Assert.DoesNotContain(after, series => series.Contains("invented", StringComparison.OrdinalIgnoreCase));
        Assert.Contains(after, series => series.StartsWith("http_client_request_duration", StringComparison.Ordinal));
    }

    /// <summary>A request to a destination and one to nowhere, in which everything is new.</summary>
    private async Task AskAsync(string invented)
    {
        foreach (var (path, expected) in ((string, HttpStatusCode)[])[("/", HttpStatusCode.OK), ($"/api/{invented}", HttpStatusCode.Unauthorized)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = $"{invented}.example";
            request.Headers.UserAgent.ParseAdd(invented);
            using var response = await _gateway.Http.SendAsync(request, Deadline.Token());
            Assert.Equal(expected, response.StatusCode);
        }

        using var unknown = new HttpRequestMessage(new HttpMethod(invented.ToUpperInvariant()), "/");
        unknown.Headers.Host = $"{invented}.example";
        using var answer = await _gateway.Http.SendAsync(unknown, Deadline.Token());
    }

    /// <summary>What stands before each value.</summary>
    private async Task<IReadOnlyList<string>> SeriesAsync()
    {
        using var http = new HttpClient();
        var text = await http.GetStringAsync(new Uri(_gateway.Admin, "/metrics"), Deadline.Token());
        return [.. text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line[..(line.LastIndexOf('}') is >= 0 and var end ? end + 1 : line.IndexOf(' '))])];
    }
}
