using System.Text.RegularExpressions;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Import;

/// <summary>
/// Whole configurations of the kinds that people have, imported without a loss: a real nginx and the gateway are asked the same, and what differs in an answer, or in what a backend is asked,
/// is on the list of what differs on purpose (<c>known.txt</c>).
/// </summary>
public sealed class ConfigurationsLikeNginxTests
{
    private static readonly string Folder = Repository.PathOf("tests", "YarpWs.EndToEnd.Tests", "Import", "Configurations");

    public static TheoryData<string> Names => [.. Directory.EnumerateFiles(Folder, "*.conf").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory(Explicit = true)]
    [Trait("Category", "Long")]
    [MemberData(nameof(Names))]
    public async Task Answers_AreTheSame_ButForWhatIsKnown(string name)
    {
        await using var backend = await EchoBackend.StartAsync();
        await using var other = await EchoBackend.StartAsync();
        var conf = await File.ReadAllTextAsync(Path.Combine(Folder, $"{name}.conf"), TestContext.Current.CancellationToken);
        var requests = TwinRequests.Of(conf);
        await using var twin = await NginxTwin.StartAsync(
            conf.Replace("BACK", backend.Address.Authority, StringComparison.Ordinal).Replace("OTHER", other.Address.Authority, StringComparison.Ordinal), Files());
        var known = Known();
        var differences = new List<(TwinRequest Request, string Difference)>();
        foreach (var request in requests)
        {
            var (nginx, gateway) = await twin.AskAsync(request);
            differences.AddRange(nginx.DifferencesTo(gateway).Where(difference => !IsOfRefusal(request, difference) && !known.Exists(one => one.IsMatch(difference))).Select(difference => (request, difference)));
        }

        var kinds = differences.GroupBy(one => one.Difference).Select(kind => $"{kind.Key} ({kind.Count()} times, such as {kind.First().Request})");
        Assert.True(differences.Count == 0, $"{requests.Count} requests\n{string.Join('\n', kinds.Take(40))}");
    }

    /// <summary>A line is an expression on "KIND | nginx | gateway", a tab, and why it is meant.</summary>
    private static List<Regex> Known() => [.. File.ReadLines(Path.Combine(Folder, "known.txt")).Where(line => line.Length > 0 && line[0] != '#').Select(line => new Regex(line.Split('\t')[0]))];

    /// <summary>A path that leads above the root is refused before any location's headers are known.</summary>
    private static bool IsOfRefusal(TwinRequest request, string difference) => request.Target == "/a/../../etc" && difference.StartsWith("header ", StringComparison.Ordinal);

    private static IEnumerable<(string Name, string Text)> Files()
    {
        foreach (var folder in (string[])["www", "www/assets", "www/media", "www/dir", "www/.well-known/acme-challenge", "media", "pub/pub", "errors"])
        {
            foreach (var name in (string[])["index.html", "there.txt", "there.css", "there.html", "dir/there.txt", "dir/index.html", "404.html", "50x.html", "here"])
            {
                yield return ($"{folder}/{name}", $"{folder} {name} {new string('x', 1_500)}\n");
            }
        }

        yield return ("www/empty/none.bin", "0123456789");
        yield return ("proxy_params", "proxy_set_header Host $http_host; proxy_set_header X-Real-IP $remote_addr; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;");
        yield return ("options-ssl-nginx.conf", "ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:le:10m; ssl_session_tickets off;");
        yield return ("users", "ann:{PLAIN}secret\n");
    }
}
