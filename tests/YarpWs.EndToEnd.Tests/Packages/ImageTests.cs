using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;
using YamlDotNet.RepresentationModel;
using YarpWs.Backend;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Gateway;
using YarpWs.Gateway.Edge;

namespace YarpWs.EndToEnd.Tests.Packages;

/// <summary>What can be known of images and compose files where no engine runs: what they copy, mount and set is there, fits together, and is what the two processes take.</summary>
public sealed partial class ImageTests : IDisposable
{
    private static readonly string[] ComposeFiles = ["docker/compose.yaml", "config/examples/compose/compose.yaml"];

    private readonly string _folder = Directory.CreateTempSubdirectory("yarpws-image-").FullName;

    public static TheoryData<string, string> Programs => new() { { "gateway", "YarpWs.Gateway.dll" }, { "backend", "YarpWs.Backend.dll" } };

    /// <summary>The processes of both files, with their settings.</summary>
    public static TheoryData<string, string> Processes
    {
        get
        {
            var processes = new TheoryData<string, string>();
            foreach (var file in ComposeFiles)
            {
                foreach (var (name, service) in Services(file).Where(one => Text(one.Service, "image").StartsWith("yarpws-", StringComparison.Ordinal)))
                {
                    processes.Add(file, name);
                }
            }

            return processes;
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Programs))]
    public void Image_CopiesWhatIsThere_AndGoesToTheBuilder(string project, string program)
    {
        var sources = Copies(project).SelectMany(copy => copy.Sources).ToList();

        Assert.NotEmpty(sources);
        Assert.All(sources, source => Assert.True(Path.Exists(Repository.PathOf(source.TrimEnd('/'))), source));
        Assert.All(sources, source => Assert.True(IsSent(project, source.TrimEnd('/')), source));
        Assert.Contains($"ENTRYPOINT [\"dotnet\", \"{program}\"]", File.ReadAllText(Dockerfile(project)), StringComparison.Ordinal);
    }

    /// <summary>The commands of its build stage, in a folder with what it copies and nothing else.</summary>
    [Theory(Explicit = true)]
    [Trait("Category", "Long")]
    [MemberData(nameof(Programs))]
    public async Task Image_IsPublished_FromWhatItCopies_AndRuns(string project, string program)
    {
        var published = Path.Combine(_folder, "published");
        foreach (var (sources, target) in Copies(project).Where(copy => !copy.Target.StartsWith('/')))
        {
            foreach (var source in sources)
            {
                Copy(project, source.TrimEnd('/'), target);
            }
        }

        foreach (Match run in Runs().Matches(File.ReadAllText(Dockerfile(project))))
        {
            await RunAsync(run.Groups[1].Value.Replace("/published", published, StringComparison.Ordinal));
        }

        await RunAsync($"dotnet {published}/{program} check {Repository.PathOf("config", $"{project}.json")}");
    }

    [Theory]
    [MemberData(nameof(Processes))]
    public async Task Process_OfAComposeFile_TakesItsSettings_AndListensWhereItIsPublishedAndAsked(string file, string name)
    {
        var service = Services(file).Single(one => one.Name == name).Service;
        var isGateway = Text(service, "image") == "yarpws-gateway";
        var overlay = Image(isGateway ? "gateway" : "backend");
        foreach (var (variable, value) in Environment(service))
        {
            overlay[variable.Replace("__", ":", StringComparison.Ordinal)] = value;
        }

        var settings = Path.Combine(_folder, isGateway ? "gateway.json" : "backend.json");
        File.Copy(SettingsOf(file, isGateway), settings);
        await File.WriteAllTextAsync(Path.Combine(_folder, "jwt.json"), """{ "kty": "oct", "k": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }""", TestContext.Current.CancellationToken);

        await using var app = isGateway ? GatewayHost.Build(settings, overlay) : BackendHost.Build(settings, overlay);
        app.Services.GetRequiredService<IStartupValidator>().Validate();

        string[] listening = [app.Configuration["Kestrel:Endpoints:Http:Url"]!, .. isGateway ? [app.Services.GetRequiredService<IOptions<AdminOptions>>().Value.Url] : Array.Empty<string>()];
        var open = listening.Select(url => url.Split(':')[^1].TrimEnd('/')).ToList();
        Assert.All(Ports(service), port => Assert.Contains(port, open));
        Assert.Contains(Health().Match(File.ReadAllText(Dockerfile(isGateway ? "gateway" : "backend"))).Groups[1].Value, open);
    }

    [Theory]
    [InlineData("docker/compose.yaml")]
    [InlineData("config/examples/compose/compose.yaml")]
    public void ComposeFile_NamesServicesNetworksVolumesAndFiles_ThatThereAre(string file)
    {
        var root = Load(file);
        var services = Services(file).ToDictionary(one => one.Name, one => one.Service);
        var folder = Path.GetDirectoryName(Repository.PathOf(file))!;
        foreach (var (name, service) in services)
        {
            Assert.All(Names(service, "depends_on"), needed => Assert.Contains(needed, services.Keys));
            Assert.All(Names(service, "networks").Where(network => network != "default"), network => Assert.Contains(network, Names(root, "networks")));
            Assert.All(Environment(service).Values.SelectMany(value => Hosts().Matches(value).Select(host => host.Groups[1].Value)), host => Assert.True(services.ContainsKey(host), $"{name} names {host}."));
            foreach (var mount in Names(service, "volumes").Select(volume => volume.Split(':')[0]))
            {
                Assert.True(mount.StartsWith("./", StringComparison.Ordinal) ? Path.Exists(Path.Combine(folder, mount)) : Names(root, "volumes").Contains(mount), $"{name} mounts {mount}.");
            }

            if (service.Children.TryGetValue("build", out var build))
            {
                Assert.True(File.Exists(Path.Combine(folder, Text((YamlMappingNode)build, "context"), Text((YamlMappingNode)build, "dockerfile"))), name);
            }
        }
    }

    [Fact]
    public void Prometheus_AsksServicesOfTheComposeFile()
    {
        var services = Services("docker/compose.yaml").Select(one => one.Name).ToList();
        var targets = ((YamlSequenceNode)Load("docker/observability/prometheus.yaml")["scrape_configs"])
            .SelectMany(job => (YamlSequenceNode)job["static_configs"]).SelectMany(one => (YamlSequenceNode)one["targets"]).Select(target => ((YamlScalarNode)target).Value!).ToList();

        Assert.NotEmpty(targets);
        Assert.All(targets, target => Assert.Contains(target.Split(':')[0], services));
    }

    private static string Dockerfile(string project) => Repository.PathOf("docker", $"{project}.Dockerfile");

    private static IEnumerable<(string[] Sources, string Target)> Copies(string project) => CopyLines().Matches(File.ReadAllText(Dockerfile(project)))
        .Select(line => line.Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(words => (words[..^1], words[^1]));

    /// <summary>Whether .dockerignore, which begins with nothing, lets it or something in it through.</summary>
    private static bool IsSent(string project, string path) => File.ReadLines(Dockerfile(project) + ".dockerignore").Where(line => line.StartsWith('!')).Select(line => line[1..])
        .Any(let => let == path || path.StartsWith(let + "/", StringComparison.Ordinal) || let.StartsWith(path + "/", StringComparison.Ordinal));

    /// <summary>As the builder does: what is let through of it, without what a build has left behind.</summary>
    private void Copy(string project, string source, string target)
    {
        var from = Repository.PathOf(source);
        var into = Path.Combine(_folder, target);
        foreach (var file in File.Exists(from) ? [from] : Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(Repository.Root, file).Replace('\\', '/');
            if (IsSent(project, relative) && !relative.Split('/').Any(part => part is "bin" or "obj"))
            {
                var copy = Path.Combine(into, File.Exists(from) ? Path.GetFileName(file) : Path.GetRelativePath(from, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy, overwrite: true);
            }
        }
    }

    private async Task RunAsync(string command)
    {
        await using var run = ChildProcess.Start("sh", ["-c", command], _folder,
            new Dictionary<string, string?> { ["MSBUILDDISABLENODEREUSE"] = "1", ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0", ["UseSharedCompilation"] = "false" });
        await run.WaitForExitAsync(TimeSpan.FromMinutes(5));
        Assert.True(run.ExitCode == 0, command + "\n" + run.Output);
    }

    /// <summary>The file that a process of this compose file reads: the image's, or what the example has made with <c>yarpws init rooms</c>.</summary>
    private static string SettingsOf(string file, bool isGateway) =>
        Repository.PathOf(file == ComposeFiles[0] ? "config" : "config/examples/start/rooms", isGateway ? "gateway.json" : "backend.json");

    /// <summary>What the image itself says in its environment.</summary>
    private static Dictionary<string, string?> Image(string project) => ImageVariables().Matches(File.ReadAllText(Dockerfile(project)))
        .ToDictionary(line => line.Groups[1].Value.Replace("__", ":", StringComparison.Ordinal), string? (line) => line.Groups[2].Value);

    private static IEnumerable<(string Name, YamlMappingNode Service)> Services(string file) =>
        ((YamlMappingNode)Load(file)["services"]).Select(one => (((YamlScalarNode)one.Key).Value!, Merged((YamlMappingNode)one.Value)));

    private static YamlMappingNode Load(string file)
    {
        var stream = new YamlStream();
        using var reader = File.OpenText(Repository.PathOf(file));
        stream.Load(reader);
        return (YamlMappingNode)Assert.Single(stream.Documents).RootNode;
    }

    /// <summary>With what it takes over by <c>&lt;&lt;</c>.</summary>
    private static YamlMappingNode Merged(YamlMappingNode node)
    {
        var merged = new YamlMappingNode();
        foreach (var (key, value) in node.Children.Where(one => ((YamlScalarNode)one.Key).Value == "<<").SelectMany(one => Merged((YamlMappingNode)one.Value).Children).Concat(node.Children))
        {
            if (((YamlScalarNode)key).Value != "<<")
            {
                merged.Children[key] = value is YamlMappingNode inner ? Merged(inner) : value;
            }
        }

        return merged;
    }

    /// <summary>Variables of the shell as they are where nobody sets them; those that must be set are an issuer's address.</summary>
    private static Dictionary<string, string> Environment(YamlMappingNode service) => service.Children.TryGetValue("environment", out var node)
        ? ((YamlMappingNode)node).ToDictionary(one => ((YamlScalarNode)one.Key).Value!, one => Expand(((YamlScalarNode)one.Value).Value!))
        : [];

    private static string Expand(string text) => Variables().Replace(text, match => match.Groups[1].Value == "-" ? match.Groups[2].Value : "https://login.example.com/");

    /// <summary>Those within the container.</summary>
    private static IEnumerable<string> Ports(YamlMappingNode service) => Names(service, "ports").Select(port => Expand(port).Split(':')[^1]);

    private static List<string> Names(YamlMappingNode node, string key) => !node.Children.TryGetValue(key, out var value) ? [] : value switch
    {
        YamlSequenceNode list => [.. list.Select(item => ((YamlScalarNode)item).Value!)],
        YamlMappingNode map => [.. map.Select(one => ((YamlScalarNode)one.Key).Value!)],
        _ => [],
    };

    private static string Text(YamlMappingNode node, string key) => node.Children.TryGetValue(key, out var value) ? ((YamlScalarNode)value).Value ?? "" : "";

    [GeneratedRegex("^COPY (?!--from)(.+)$", RegexOptions.Multiline)]
    private static partial Regex CopyLines();

    [GeneratedRegex("^RUN (.+)$", RegexOptions.Multiline)]
    private static partial Regex Runs();

    [GeneratedRegex(@"^ENV (\w+)=(\S+)$", RegexOptions.Multiline)]
    private static partial Regex ImageVariables();

    [GeneratedRegex(@"http://127\.0\.0\.1:(\d+)/livez")]
    private static partial Regex Health();

    [GeneratedRegex(@"\$\{\w+:([-?])([^}]*)\}")]
    private static partial Regex Variables();

    /// <summary>A host with a port, of the compose file's own network.</summary>
    [GeneratedRegex(@"^(?:http://)?([a-z][a-z-]*):\d+$")]
    private static partial Regex Hosts();
}
