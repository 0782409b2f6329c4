using System.Net.WebSockets;
using System.Text.RegularExpressions;

namespace YarpWs.Gateway.Tests.Sockets;

public sealed partial class SocketMetricsTests : IAsyncLifetime
{
    private Destination _a = null!;
    private Destination _b = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _a = await Destination.StartAsync();
        _b = await Destination.StartAsync();
        _gateway = await TestGateway.StartAsync(
            _a, _b, ("Sockets:PingInterval", "00:00:00.500"), ("Sockets:PongTimeout", "00:00:00.500"), ("Sockets:MaxSocketsPerUser", "2"));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Fact]
    public async Task Traffic_IsCountedWhileASocketLives_AndStaysWhenItIsOver()
    {
        using var socket = await ConnectAsync("ann");
        await EchoAsync(socket);
        await EchoAsync(socket);
        await ExpectAsync("yarpws_gateway_socket_messages_total", "2", "direction=\"receive\"", "route=\"ws\"");
        await ExpectAsync("yarpws_gateway_socket_io_bytes_total", "14", "direction=\"transmit\"", "route=\"ws\"");

        await socket.CloseAsync((WebSocketCloseStatus)4321, "", Deadline.Token());

        await ExpectAsync("yarpws_gateway_socket_closes_total", "1", "code=\"other\"", "by=\"client\"");
        await ExpectAsync("yarpws_gateway_socket_messages_total", "2", "direction=\"receive\"", "route=\"ws\"");
        await ExpectAsync("yarpws_gateway_handshake_duration_seconds_count", "1", "result=\"accepted\"");
    }

    [Theory]
    [InlineData("/ws/x", null, null, "login")]
    [InlineData("/nowhere", "ann", null, "route")]
    [InlineData("/ws/x", "ann", "http://evil.example", "origin")]
    public async Task Refusal_IsCountedByItsReason(string path, string? user, string? origin, string reason)
    {
        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(user, path, origin));

        await ExpectAsync("yarpws_gateway_handshakes_total", "1", $"reason=\"{reason}\"", "result=\"refused\"");
    }

    [Fact]
    public async Task Refusal_ByALimit_IsNotTheDestinations()
    {
        using var one = await ConnectAsync("ben");
        using var two = await ConnectAsync("ben");

        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync("ben"));

        await ExpectAsync("yarpws_gateway_handshakes_total", "1", "reason=\"limit\"", "http_response_status_code=\"429\"");
    }

    [Fact]
    public async Task Dashboard_AsksForMetricsThatThereAre()
    {
        using var mute = await ConnectAsync("ann");
        using var lively = await ConnectAsync("ben");
        await EchoAsync(lively);
        var answering = lively.ReceiveAsync(new byte[16].AsMemory(), Deadline.Token()).AsTask();
        using var second = await ConnectAsync("ben");
        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync("ben"));

        // A client that reads nothing answers no ping.
        await ExpectAsync("yarpws_gateway_socket_cuts_total", null, "reason=\"client_dead\"");
        await ExpectAsync("yarpws_gateway_socket_ping_duration_seconds_count", null, "peer=\"client\"");
        var metrics = await ScrapeAsync();
        var asked = GatewayMetric().Matches(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "dashboard.json"), Deadline.Token()));

        Assert.All(asked.Select(name => name.Value).Distinct(), name => Assert.Contains($"\n{name}{{", metrics, StringComparison.Ordinal));
        Assert.True(asked.Count > 10);
        Assert.False(answering.IsFaulted);
    }

    [GeneratedRegex("yarpws_gateway_[a-z_]+")]
    private static partial Regex GatewayMetric();

    private Task<ClientWebSocket> ConnectAsync(string? user, string path = "/ws/start/blue", string? origin = null) => _gateway.ConnectAsync(path, options =>
    {
        if (user is not null)
        {
            options.SetRequestHeader("Authorization", "Bearer " + Tokens.For(user));
        }

        if (origin is not null)
        {
            options.SetRequestHeader("Origin", origin);
        }
    });

    private static async Task EchoAsync(ClientWebSocket socket)
    {
        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Deadline.Token());
        await socket.ReceiveAsync(new byte[16].AsMemory(), Deadline.Token());
    }

    private Task<string> ScrapeAsync() => _gateway.Http.GetStringAsync(new Uri(_gateway.Admin, "/metrics"), Deadline.Token());

    /// <summary>Scrapes until a series with these labels has the value; null is any.</summary>
    private async Task ExpectAsync(string name, string? value, params string[] labels)
    {
        var deadline = Deadline.Token();
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(350));
        string metrics;
        do
        {
            metrics = await ScrapeAsync();
            if (metrics.Split('\n').Any(line => line.StartsWith(name + "{", StringComparison.Ordinal)
                && labels.All(label => line.Contains(label, StringComparison.Ordinal))
                && (value is null || line.Split("} ")[1].Split(' ')[0] == value)))
            {
                return;
            }
        }
        while (!deadline.IsCancellationRequested && await again.WaitForNextTickAsync(TestContext.Current.CancellationToken));

        Assert.Fail($"No {name} of {value} with {string.Join(", ", labels)} in:\n{string.Join('\n', metrics.Split('\n').Where(line => line.StartsWith("yarpws", StringComparison.Ordinal)))}");
    }
}
