using Xunit;
using YarpWs.EndToEnd.Tests.Outages;

namespace YarpWs.EndToEnd.Tests.Telemetry;

/// <summary>What a gateway says of itself on /metrics. A process for each test: within one, all gateways would be counted together.</summary>
public sealed class GatewayMetricsTests
{
    private static readonly TimeSpan Patience = Deadline.Length;

    [Fact]
    public async Task Traffic_IsCountedWhileASocketLives_AndStaysWhenItIsOver()
    {
        await using var gateway = await GatewayProcess.StartAsync();
        await using (var socket = await gateway.OpenAsync())
        {
            await socket.SendAsync("hello");
            await socket.SendAsync("hello");
            await ExpectAsync(gateway, "yarpws_gateway_socket_messages_total", "2", "direction=\"receive\"", "route=\"open\"");
            await ExpectAsync(gateway, "yarpws_gateway_socket_messages_total", "1", "direction=\"transmit\"", "route=\"open\"");
            await ExpectAsync(gateway, "yarpws_gateway_socket_io_bytes_total", "22", "direction=\"receive\"", "route=\"open\"");
            await ExpectAsync(gateway, "yarpws_gateway_sockets", "1", "route=\"open\"");
            await socket.SendCloseAsync(4321);
            await socket.ReadFrameAsync("the answer to the close frame");
        }

        await ExpectAsync(gateway, "yarpws_gateway_socket_closes_total", "1", "code=\"other\"", "by=\"client\"");
        await ExpectAsync(gateway, "yarpws_gateway_socket_messages_total", "2", "direction=\"receive\"", "route=\"open\"");
        await ExpectAsync(gateway, "yarpws_gateway_sockets", "0", "route=\"open\"");
        await ExpectAsync(gateway, "yarpws_gateway_handshake_duration_seconds_count", "1", "result=\"accepted\"");
    }

    [Fact]
    public async Task Refusals_AreCountedByTheirReason()
    {
        await using var gateway = await GatewayProcess.StartAsync(("ReverseProxy:Routes:open:Metadata:Sockets.MaxSockets", "1"));
        await using var first = await gateway.OpenAsync();

        Assert.Equal(401, await AskAsync(gateway, "/ws/start/blue"));
        Assert.Equal(404, await AskAsync(gateway, "/nowhere"));
        Assert.Equal(403, await AskAsync(gateway, "/open/x", "Origin: http://evil.example"));
        Assert.Equal(503, await AskAsync(gateway, "/open/x"));

        foreach (var (reason, status) in new[] { ("login", 401), ("route", 404), ("origin", 403), ("limit", 503) })
        {
            await ExpectAsync(gateway, "yarpws_gateway_handshakes_total", "1", $"reason=\"{reason}\"", $"http_response_status_code=\"{status}\"");
        }
    }

    private static async Task<int> AskAsync(GatewayProcess gateway, string path, params string[] headers)
    {
        await using var answer = await RawWebSocket.RequestAsync(gateway.Address, "GET", path, [.. RawWebSocket.Handshake(), .. headers]);
        return answer.Status;
    }

    private static Task<string> ScrapeAsync(GatewayProcess gateway, CancellationToken cancellation) =>
        gateway.Http.GetStringAsync(new Uri(gateway.Admin, "/metrics"), cancellation);

    /// <summary>Waits until a series with these labels has the value.</summary>
    private static async Task ExpectAsync(GatewayProcess gateway, string name, string value, params string[] labels)
    {
        var metrics = "";
        await Eventually.IsAsync(
            async cancellation =>
            {
                metrics = await ScrapeAsync(gateway, cancellation);
                return metrics.Split('\n').Any(line => line.StartsWith(name + "{", StringComparison.Ordinal)
                    && labels.All(label => line.Contains(label, StringComparison.Ordinal))
                    && line.Split("} ")[1].Split(' ')[0] == value);
            },
            $"{name} of {value} with {string.Join(", ", labels)}",
            Patience,
            () => string.Join('\n', metrics.Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal))));
    }
}
