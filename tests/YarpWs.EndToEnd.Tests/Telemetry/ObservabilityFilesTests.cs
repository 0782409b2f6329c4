using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;
using YamlDotNet.RepresentationModel;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.EndToEnd.Tests.Outages;
using YarpWs.EndToEnd.Tests.Sockets;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Telemetry;

/// <summary>What docker/observability has for Prometheus and Grafana: it can be read, it says what to do, and it asks for metrics that there are.</summary>
public sealed partial class ObservabilityFilesTests
{
    private const string Folder = "docker/observability";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Rules_AreWhatPrometheusTakes()
    {
        Assert.All(Rules(), rule =>
        {
            Assert.NotEmpty(Text(rule, "alert"));
            Assert.NotEmpty(Text(rule, "expr"));
            Assert.Contains(Text((YamlMappingNode)rule["labels"], "severity"), new[] { "page", "ticket" });
            Assert.NotEmpty(Text((YamlMappingNode)rule["annotations"], "summary"));
            Assert.NotEmpty(Text((YamlMappingNode)rule["annotations"], "description"));
        });
        Assert.Equal(Rules().Count, Rules().Select(rule => Text(rule, "alert")).Distinct().Count());

        // Its own word, where it is installed.
        if ((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "promtool"))))
        {
            await using var promtool = ChildProcess.Start("promtool", ["check", "rules", Repository.PathOf(Folder, "rules.yaml")], Repository.Root, []);
            await promtool.WaitForExitAsync(Patience);
            Assert.True(promtool.ExitCode == 0, promtool.Output);
        }
    }

    [Fact]
    public void Rules_AreLoaded_ByThePrometheusOfTheComposeFile()
    {
        var files = (YamlSequenceNode)Load(Folder, "prometheus.yaml")["rule_files"];
        var mounts = (YamlSequenceNode)Load("docker", "compose.yaml")["services"]["prometheus"]["volumes"];

        Assert.Equal("rules.yaml", ((YamlScalarNode)Assert.Single(files)).Value);
        Assert.Contains(mounts, mount => ((YamlScalarNode)mount).Value == "./observability/rules.yaml:/etc/prometheus/rules.yaml:ro");
    }

    [Fact]
    public async Task RulesAndDashboard_AskForMetricsThatThereAre()
    {
        await using var redis = new EmbeddedGarnet();
        await redis.StartAsync();
        await using var cluster = await ProcessCluster.StartAsync(redis);
        await using var gateway = await GatewayProcess.StartAsync(
            [
                ("Sockets:PingInterval", "00:00:00.500"), ("Sockets:PongTimeout", "00:00:05"), ("ReverseProxy:Routes:open:Metadata:Sockets.MaxSockets", "1"), .. WireCertificate.Endpoint,
            ]);
        await UseAsync(gateway);
        await using (var member = await cluster.JoinAsync("blue", "ann"))
        {
            await ProcessCluster.NodeOfAsync(member);
            await member.SendCloseAsync(1000);
            await member.ExpectCloseAsync(1000);
        }

        string[] asked = [.. Rules().Select(rule => Text(rule, "expr")).Concat(Queries()).SelectMany(MetricsOf).Distinct()];
        Assert.True(asked.Length >= 25, string.Join(' ', asked));
        string[] missing = [];
        await Eventually.IsAsync(
            async cancellation =>
            {
                var pages = await Task.WhenAll(((Uri[])[gateway.Admin, .. cluster.Backends]).Select(process => MetricsPage.ReadAsync(gateway.Http, process, cancellation)));
                missing = [.. asked.Except(pages.SelectMany(page => page.Names))];
                return missing.Length == 0;
            },
            "every metric that is asked for",
            Patience,
            () => $"Not there: {string.Join(", ", missing)}");
    }

    /// <summary>Has the gateway refuse, carry, ping and cut.</summary>
    private static async Task UseAsync(GatewayProcess gateway)
    {
        // Nobody answers the ping of a client that reads nothing; the backend answers its own, for which it has time enough on a busy machine.
        await using var mute = await gateway.OpenAsync();
        await using var refused = await RawWebSocket.RequestAsync(gateway.Address, "GET", "/open/x", RawWebSocket.Handshake());
        Assert.Equal(503, refused.Status);
        await Eventually.IsAsync(
            async cancellation => (await MetricsPage.ReadAsync(gateway.Http, gateway.Admin, cancellation)).Series.Any(series => series.Name == "yarpws_gateway_socket_cuts_total"),
            "a socket that is cut",
            Patience);
    }

    private static IReadOnlyList<YamlMappingNode> Rules() =>
        [.. ((YamlSequenceNode)Load(Folder, "rules.yaml")["groups"]).SelectMany(group => (YamlSequenceNode)group["rules"]).Cast<YamlMappingNode>()];

    private static YamlMappingNode Load(params string[] path)
    {
        var stream = new YamlStream();
        using var reader = File.OpenText(Repository.PathOf(path));
        stream.Load(reader);
        return (YamlMappingNode)Assert.Single(stream.Documents).RootNode;
    }

    private static string Text(YamlMappingNode node, string key) => ((YamlScalarNode)node[key]).Value ?? "";

    private static IEnumerable<string> Queries()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Repository.PathOf(Folder, "grafana", "dashboards", "yarpws.json")));
        return [.. dashboard.RootElement.GetProperty("panels").EnumerateArray()
            .Where(panel => panel.TryGetProperty("targets", out _))
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
            .Select(target => target.GetProperty("expr").GetString()!)];
    }

    /// <summary>Names of the processes' own, without those of labels; Prometheus adds <c>up</c> by itself.</summary>
    private static IEnumerable<string> MetricsOf(string query) => Metric().Matches(NoMetric().Replace(query, "")).Select(name => name.Value);

    [GeneratedRegex(@"\{[^}]*\}|\b(?:by|on|without|ignoring) *\([^)]*\)")]
    private static partial Regex NoMetric();

    [GeneratedRegex("(?:yarpws|http|kestrel|dotnet)_[a-z0-9_]+")]
    private static partial Regex Metric();
}
