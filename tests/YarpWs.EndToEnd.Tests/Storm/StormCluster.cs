using System.Collections.Concurrent;
using System.Net;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.EndToEnd.Tests.Storm.Judging;

namespace YarpWs.EndToEnd.Tests.Storm;

/// <summary>Two gateways and two nodes, processes from the shipped configuration, each behind a <see cref="Link"/>. They end with this.</summary>
internal sealed class StormCluster : IAsyncDisposable
{
    public const int Gateways = 2;
    public const int Nodes = 2;

    /// <summary>Shorter than shipped, so that a minute has room for more faults.</summary>
    public static readonly TimeSpan AuditInterval = TimeSpan.FromSeconds(1);

    /// <summary>For a process to start, or a node to be ready again, on a machine that is busy with other things.</summary>
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(2);

    /// <summary>Lines of nodes that are kept: more than an hour of faults prints.</summary>
    private const int MaxLines = 100_000;

    private readonly ConcurrentQueue<Story.Entry> _printed = new();
    private readonly ChildProcess?[] _gateways = new ChildProcess?[Gateways];
    private readonly ChildProcess?[] _nodes = new ChildProcess?[Nodes];
    private readonly Uri[] _admins = new Uri[Gateways];
    private readonly Uri[] _addresses = new Uri[Nodes];
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(10) };
    private readonly StormRedis _redis;

    public StormCluster(StormRedis redis, Pace pace) => (_redis, Pace) = (redis, pace);

    public Pace Pace { get; }

    /// <summary>Between the clients and each gateway.</summary>
    public IReadOnlyList<Link> GatewayLinks { get; } = [new(), new()];

    /// <summary>Between the gateways and each node.</summary>
    public IReadOnlyList<Link> NodeLinks { get; } = [new(), new()];

    public static string NameOf(int node) => node == 0 ? "a" : "b";

    public async Task StartAsync()
    {
        await _redis.StartAsync();
        for (var node = 0; node < Nodes; node++)
        {
            StartNode(node);
        }

        for (var gateway = 0; gateway < Gateways; gateway++)
        {
            StartGateway(gateway);
        }

        await WaitUntilReadyAsync();
    }

    public ChildProcess Gateway(int index) => _gateways[index]!;

    public ChildProcess Node(int index) => _nodes[index]!;

    /// <summary>After it has ended, or at first.</summary>
    /// <param name="node">Which.</param>
    /// <param name="ahead">How far its clock is ahead of the machine's.</param>
    public void StartNode(int node, TimeSpan ahead = default)
    {
        _addresses[node] = FreePort.NextUrl();
        _nodes[node] = Start("YarpWs.Backend.dll", "backend.json", ahead, line => Keep(NameOf(node), line),
        [
            ("Kestrel:Endpoints:Http:Url", Url(_addresses[node])),
            ("Redis:Configuration", _redis.ConfigurationFor(node)),
            ("Node:Name", NameOf(node)),
            ("Groups:AuditInterval", AuditInterval.ToString("c")),
        ]);
        NodeLinks[node].Target = _addresses[node].Port;
    }

    public void StartGateway(int gateway)
    {
        var address = FreePort.NextUrl();
        _admins[gateway] = FreePort.NextUrl();
        _gateways[gateway] = Start("YarpWs.Gateway.dll", "gateway.json", ahead: TimeSpan.Zero, printed: null,
        [
            ("Kestrel:Endpoints:Http:Url", Url(address)),
            ("Admin:Url", Url(_admins[gateway])),
            ("Logging:LogLevel:YarpWs.Gateway.Access", "Warning"),
            ("Logging:LogLevel:Yarp.ReverseProxy", "Error"),
            ("ReverseProxy:Clusters:backend:Destinations:a:Address", NodeLinks[0].Address.ToString()),
            ("ReverseProxy:Clusters:backend:Destinations:b:Address", NodeLinks[1].Address.ToString()),
        ]);
        GatewayLinks[gateway].Target = address.Port;
    }

    /// <summary>Until every process that should run does, and says that it is ready.</summary>
    public async Task WaitUntilReadyAsync()
    {
        for (var node = 0; node < Nodes; node++)
        {
            await WaitUntilReadyAsync($"node {NameOf(node)}", _addresses[node], Node(node));
        }

        for (var gateway = 0; gateway < Gateways; gateway++)
        {
            await WaitUntilReadyAsync($"gateway {gateway}", _admins[gateway], Gateway(gateway));
        }
    }

    /// <summary>The newest that each process has printed.</summary>
    public string Output() => string.Join(Environment.NewLine, Enumerable.Range(0, Nodes).Select(node => $"== node {NameOf(node)}\n{_nodes[node]?.Output}")
        .Concat(Enumerable.Range(0, Gateways).Select(gateway => $"== gateway {gateway}\n{_gateways[gateway]?.Output}")));

    /// <summary>What the nodes printed in a part of the storm.</summary>
    public IEnumerable<Story.Entry> PrintedBetween(TimeSpan from, TimeSpan to) => _printed.Where(line => line.At >= from && line.At <= to);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _gateways.Concat(_nodes).OfType<ChildProcess>())
        {
            await process.DisposeAsync();
        }

        foreach (var link in GatewayLinks.Concat(NodeLinks))
        {
            await link.DisposeAsync();
        }

        await _redis.DisposeAsync();
        _http.Dispose();
    }

    private void Keep(string node, string line)
    {
        _printed.Enqueue(new Story.Entry(Pace.Now, $"node {node}", line));
        if (_printed.Count > MaxLines)
        {
            _printed.TryDequeue(out _);
        }
    }

    private Task WaitUntilReadyAsync(string name, Uri server, ChildProcess process) => Eventually.IsAsync(
        async cancellationToken =>
        {
            Assert.False(process.HasExited, $"{name} ended. It printed:{Environment.NewLine}{process.Output}");
            using var answer = await _http.GetAsync(new Uri(server, "/readyz"), cancellationToken);
            return answer.StatusCode is HttpStatusCode.OK;
        },
        $"{name} to be ready",
        StartDeadline,
        () => $"It printed:{Environment.NewLine}{process.Output}");

    private static ChildProcess Start(string program, string file, TimeSpan ahead, Action<string>? printed, IEnumerable<(string Key, string Value)> settings)
    {
        var environment = Tokens.Settings.Concat(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)))
            .Select(setting => KeyValuePair.Create(setting.Key.Replace(":", "__", StringComparison.Ordinal), setting.Value))
            .Concat(Faketime.Environment(ahead));
        return ChildProcess.Start(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [Path.Combine(AppContext.BaseDirectory, program), Path.Combine(AppContext.BaseDirectory, "config", file)],
            AppContext.BaseDirectory,
            environment,
            printed);
    }

    private static string Url(Uri address) => address.GetLeftPart(UriPartial.Authority);
}
