using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Access;

/// <summary>
/// Sends tokens in every place and every shape, with everything logged, traced and measured that can be, and searches all of it for them.
/// </summary>
public sealed class SecrecyTests : IAsyncLifetime
{
    /// <summary>Traces are recorded where they are sent somewhere; nobody listens there.</summary>
    private const string NoCollector = "http://127.0.0.1:9";

    private const string Header = "header";
    private const string Cookie = "cookie";
    private const string Subprotocol = "subprotocol";
    private const string Query = "query";

    private readonly string _zebra = "zebra" + Guid.NewGuid().ToString("N");
    private readonly EmbeddedGarnet _redis = new();
    private readonly Telemetry _telemetry = new();
    private TestCluster _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        await _redis.StartAsync();
        _cluster = await TestCluster.StartAsync(
            _redis,
            [
                ("Access:Cookie", "session"),
                ("Telemetry:OtlpEndpoint", NoCollector),
                ("Logging:LogLevel:Default", "Trace"),
                ("Logging:LogLevel:Microsoft.AspNetCore", "Trace"),
                ("Logging:LogLevel:Yarp", "Trace"),
                ("Logging:LogLevel:System.Net.Http", "Trace"),
                ("Logging:Console:LogLevel:Default", "None"),
                .. Http2Socket.Endpoint,
            ]);
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await _redis.DisposeAsync();
        _telemetry.Dispose();
    }

    [Fact]
    public async Task Tokens_AndQueries_AreNeitherLoggedNorTracedNorMeasured()
    {
        var tokens = Shapes();
        foreach (var token in tokens)
        {
            foreach (var place in new[] { Header, Cookie, Subprotocol, Query })
            {
                var (target, header) = Put(token, place);
                await AskAsync("GET", "/api/hubs/chat/groups/push_blue" + target, header);
                await AskAsync("POST", "/api/hubs/chat/groups/push_blue/:send" + target, header, "Content-Length: 0");
                await AskAsync("GET", "/ws/start/blue" + target, [.. RawWebSocket.Handshake(), header]);
                await AskAsync("GET", "/nowhere" + target, header);
                await AskAsync("GET", "/" + target, header);
                await SendMalformedAsync(target, header);
            }

            using var two = new Http2Socket(token);
            await two.ConnectAsync(_cluster.Listeners[1], $"/ws/start/blue?secret-query={_zebra}&access_token={token}");
        }

        var renewal = SignedToken.Hs256(Tokens.Key, new(SignedToken.Claims("renewed")) { ["sid"] = "secret-" + Guid.NewGuid() });
        var tickets = await UseTicketsAsync(renewal);
        await UseASocketAsync(tokens[0]);
        var (logs, traces, metrics) = await EverythingAsync();

        string[] secrets = [.. tokens.Append(renewal).SelectMany(Parts), .. tickets, _zebra, "access_token", "ywt_"];
        Assert.Equal([], logs.Where(IsIndiscreet));
        Assert.Equal([], traces.Where(IsIndiscreet));
        Assert.Equal([], metrics.Where(IsIndiscreet));

        bool IsIndiscreet(string text) => secrets.Any(secret => text.Contains(secret, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>What the search above looks through is not empty, and it looks everywhere.</summary>
    [Fact]
    public async Task Search_FindsWhatIsSaidAnywhere()
    {
        using var source = new ActivitySource("YarpWs.EndToEnd.Tests");
        using var meter = new Meter("YarpWs.EndToEnd.Tests");
        _cluster.GatewayLogger("YarpWs.Gateway.Tests").Log(LogLevel.Trace, default, _zebra, null, (zebra, _) => $"a line with a {zebra}");
        using (var activity = source.StartActivity("a request"))
        {
            activity?.AddEvent(new ActivityEvent("an event", tags: new ActivityTagsCollection { ["url.query"] = _zebra }));
        }

        meter.CreateCounter<long>("requests").Add(1, new KeyValuePair<string, object?>("path", _zebra));
        await UseASocketAsync(Tokens.For("ann"));
        var (logs, traces, metrics) = await EverythingAsync();

        Assert.Single(logs, line => line.Contains(_zebra, StringComparison.Ordinal));
        Assert.Single(traces, text => text.Contains(_zebra, StringComparison.Ordinal));
        Assert.Single(metrics, line => line.Contains(_zebra, StringComparison.Ordinal));

        // The paths, which are no secret, are there.
        Assert.Contains(logs, line => line.Contains("YarpWs.Gateway.Access", StringComparison.Ordinal) && line.Contains("/ws/start/blue", StringComparison.Ordinal));
        Assert.Contains(logs, line => line.Contains("YarpWs.Backend", StringComparison.Ordinal));
        Assert.Contains(traces, text => text.Contains("url.path=/ws/start/blue", StringComparison.Ordinal));
        Assert.Contains(metrics, line => line.StartsWith("yarpws_gateway_sockets{", StringComparison.Ordinal));
    }

    private static string[] Shapes()
    {
        using var stranger = RSA.Create(2048);
        var claims = SignedToken.Claims("secret-" + Guid.NewGuid().ToString("N"));
        return
        [
            SignedToken.Hs256(Tokens.Key, claims),
            SignedToken.Hs256(Tokens.Key, new(claims) { ["exp"] = SignedToken.InMinutes(-10) }),
            SignedToken.Hs256(Tokens.Key, new(claims) { ["aud"] = "another" }),
            SignedToken.Hs256(RandomNumberGenerator.GetBytes(32), claims),
            SignedToken.Rs256(stranger, claims, kid: "unknown"),
            SignedToken.Write("none", claims, _ => Encoding.ASCII.GetBytes("no signature " + Guid.NewGuid())),
            "not-a-token-" + Guid.NewGuid().ToString("N"),
        ];
    }

    /// <summary>The token, its parts, and what it looks like as a subprotocol.</summary>
    private static IEnumerable<string> Parts(string token) =>
        token.Split('.') is [_, var payload, var signature] ? [token, payload, signature, Tokens.AsSubprotocol(token)] : [token, Tokens.AsSubprotocol(token)];

    private (string Target, string Header) Put(string token, string place) => place switch
    {
        Header => ($"?secret-query={_zebra}", $"Authorization: Bearer {token}"),
        Cookie => ($"?secret-query={_zebra}", $"Cookie: a=1; session={token}"),
        Subprotocol => ($"?secret-query={_zebra}", $"Sec-WebSocket-Protocol: chat, {Tokens.AsSubprotocol(token)}"),
        _ => ($"?secret-query={_zebra}&access_token={token}", "X-Nothing: 1"),
    };

    /// <summary>What a server complains about, and might quote.</summary>
    private async Task SendMalformedAsync(string target, string header)
    {
        var handshake = RawWebSocket.Handshake();
        await AskAsync("GET", "/ws/start/blue" + target, [.. handshake.Where(line => !line.StartsWith("Sec-WebSocket-Key", StringComparison.Ordinal)), header]);
        await AskAsync("GET", "/ws/start/blue" + target, [.. handshake.Where(line => !line.StartsWith("Sec-WebSocket-Version", StringComparison.Ordinal)), header]);
        await AskAsync("POST", "/ws/start/blue" + target, [.. handshake, header, "Content-Length: 0"]);
        await AskAsync("GET", "/ws/start/blue" + target, [.. handshake, header, "Origin: https://foreign.example"]);
        await AskAsync("GET", "/ws/start/-" + target, [.. handshake, header]);
        await AskAsync("GET", $"/ws/start/blue {target}", header);
        await AskAsync("GET", $"/ws/\0{target}", header);
        await AskAsync("GET", $"no-slash{target}", header);
        await AskAsync("G(T", "/ws/start/blue" + target, header);
        await AskAsync("GET", "/ws/start/blue" + target, header, header + "\0");
        await AskAsync("GET", "/ws/start/blue" + target, header, header.Replace(": ", " : ", StringComparison.Ordinal));
        await AskAsync("GET", "/ws/start/blue" + target, header, "Host: a", "Host: b");
        await AskAsync("POST", "/api/x" + target, header, "Content-Length: x" + target);
        await AskAsync("POST", "/api/x" + target, header, $"Transfer-Encoding: chunked, {_zebra}");
        await AskAsync("GET", "/api/x" + target, header, $"Host: a {_zebra}");
        await AskAsync("GET", "/api/x" + target, header, $"X-Long: {new string('x', 40_000)}");
        await AskAsync("GET", "/api/x" + target, "HTTP/1.0", header);
        await AskAsync("GET", "/api/x" + target, "HTTP/9.9", header);
    }

    private Task AskAsync(string method, string target, params string[] headers)
    {
        var version = headers[0].StartsWith("HTTP/", StringComparison.Ordinal) ? headers[0] : "HTTP/1.1";
        return SendAsync(method, target, version, headers.Where(header => header != version));
    }

    private async Task SendAsync(string method, string target, string version, IEnumerable<string> headers)
    {
        try
        {
            await using var answer = await RawWebSocket.RequestAsync(_cluster.Gateway, method, target, headers, version);
        }
        catch (IOException)
        {
            // Cut off without an answer, which is one too.
        }
    }

    /// <summary>Renews a login and asks for tickets, which are then used: well, a second time, elsewhere, in a plain request, and cut short.</summary>
    private async Task<List<string>> UseTicketsAsync(string token)
    {
        const string Path = "/ws/start/blue";
        var gateway = new TestGateway(_cluster.Gateway, _cluster.Admin);
        var (renewed, _) = await TwoGateways.PostAsync(gateway, $"/auth/refresh?secret-query={_zebra}&access_token={token}", token);
        Assert.Equal(HttpStatusCode.OK, renewed);

        var tickets = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            var (_, answer) = await TwoGateways.PostAsync(gateway, "/auth/ticket", token, $$"""{"path": "{{Path}}"}""");
            tickets.Add((string)answer!["ticket"]!);
        }

        await using (var socket = await RawWebSocket.ConnectAsync(_cluster.Gateway, $"{Path}?ticket={tickets[0]}"))
        {
        }

        await AskAsync("GET", $"{Path}?ticket={tickets[0]}", RawWebSocket.Handshake());
        await AskAsync("GET", $"/ws/start/red?secret-query={_zebra}&ticket={tickets[1]}", RawWebSocket.Handshake());
        await AskAsync("GET", $"{Path}?ticket={tickets[2]}", [.. RawWebSocket.Handshake(), "Origin: https://foreign.example"]);
        await AskAsync("GET", $"/nowhere?ticket={tickets[3]}", RawWebSocket.Handshake());
        await AskAsync("GET", $"{Path}?ticket={tickets[4]}", "X-Nothing: 1");
        await AskAsync("GET", $"{Path}?ticket={tickets[4][..^1]}", RawWebSocket.Handshake());
        return tickets;
    }

    /// <summary>A socket from its handshake to its end, as the last that is logged.</summary>
    private async Task UseASocketAsync(string token)
    {
        await using var socket = await RawWebSocket.ConnectAsync(
            _cluster.Gateway, $"/ws/start/blue?secret-query={_zebra}", $"Authorization: Bearer {token}");
        await socket.SendAsync("""{"message": "hello"}""");
        await socket.ExpectAsync("hello");
        await socket.SendCloseAsync(4099);
        await socket.ExpectCloseAsync(4099);
        await _cluster.Logs.WaitForAsync(line => line.Event.Id == 1902 && line.Text.Contains("4099", StringComparison.Ordinal), "the socket's last line");
    }

    private async Task<(List<string> Logs, List<string> Traces, List<string> Metrics)> EverythingAsync()
    {
        var page = await _cluster.Http.GetStringAsync(new Uri(_cluster.Admin, "/metrics"), TestContext.Current.CancellationToken);
        return (
            [.. _cluster.Logs.Lines.Select(line => $"{line.Category}: {line.Text}")],
            [.. _telemetry.Traces],
            [.. _telemetry.Metrics, .. page.Split('\n')]);
    }
}
