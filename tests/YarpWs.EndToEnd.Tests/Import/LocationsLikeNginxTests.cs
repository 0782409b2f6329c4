using System.Collections.Concurrent;
using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Import;

/// <summary>
/// Whatever locations a server has, a real nginx and the gateway choose the same one for a path. A failure tells the smallest server that shows it, and two numbers; with
/// these as YARPWS_FUZZ_REPLAY="n,n" the same run is repeated.
/// </summary>
public sealed class LocationsLikeNginxTests
{
    private static readonly string[] Prefixes = ["/", "/a", "/a/", "/a/b", "/a/b/", "/ab", "/A/", "/a.x", "/a/b.x", "/b/", "/%61", "/a b/"];

    private static readonly string[] Expressions = [@"\.x$", "^/a", "b", "^/a/b/?$", "/B", @"^/(a|b)/", "a.b", @"/[^/]+\.X$", "^/$"];

    private static readonly string[] Pieces = ["/", "//", "a", "b", "A", "B", ".x", ".X", "/a", "/b", "%61", "%2F", "%20", "/./", "/a/../", "%2561", "c"];

    [Fact]
    public void Choice_IsThatOfNginx() => Run(servers: 4, paths: 100);

    [Fact(Explicit = true)]
    [Trait("Category", "Long")]
    public void Choice_IsThatOfNginx_ManyTimes() => Run(servers: 200, paths: 1_000);

    private static Gen<string> Location(int depth, string? around) =>
        from kind in around is null ? Gen.Elements("~ ", "~* ") : Gen.Elements("", "", "= ", "^~ ", "~ ", "~* ")
        from prefix in Gen.Elements(Prefixes.Where(prefix => prefix.StartsWith(around ?? "/", StringComparison.Ordinal)).ToArray())
        from expression in Gen.Elements(Expressions)
        from nested in depth == 0 || kind == "= " ? Gen.Constant("") : Locations(depth - 1, kind.StartsWith('~') ? null : prefix)
        select $"location {kind}\"{(kind.StartsWith('~') ? expression : prefix)}\" {{ {nested} return 200 ID; }}";

    /// <summary>nginx takes no location twice; within a prefix only what begins like it, and within an expression only expressions.</summary>
    private static Gen<string> Locations(int depth, string? around) =>
        from count in Gen.Choose(0, depth == 2 ? 7 : 3)
        from locations in Gen.ListOf(Location(depth, around), count)
        select string.Join('\n', locations.DistinctBy(location => Key(location)));

    private static string Key(string location) => location[..location.IndexOf('{', StringComparison.Ordinal)].Replace("^~ ", "", StringComparison.Ordinal);

    private static Gen<string> Path() => from count in Gen.Choose(1, 5) from pieces in Gen.ListOf(Gen.Elements(Pieces), count) select "/" + string.Concat(pieces).TrimStart('/');

    private static void Run(int servers, int paths)
    {
        // Here, as the generator takes a test that is skipped for one that fails.
        Requirements.Find("nginx", "nginx");
        var config = Config.QuickThrowOnFailure.WithMaxTest(servers);
        if (Environment.GetEnvironmentVariable("YARPWS_FUZZ_REPLAY")?.Split(',') is [var seed, var gamma])
        {
            config = config.WithReplay(new Replay(new Rnd(ulong.Parse(seed, CultureInfo.InvariantCulture), ulong.Parse(gamma, CultureInfo.InvariantCulture)), null));
        }

        var cases = from locations in Locations(2, "/") from targets in Gen.ListOf(Path(), paths) select new Case(locations, [.. targets.Distinct()]);
        FsCheck.Check.One(config, Prop.ForAll(cases.ToArbitrary(), one => Task.Run(() => CompareAsync(one)).GetAwaiter().GetResult()));
    }

    private static async Task CompareAsync(Case one)
    {
        // Each location answers with its number.
        var parts = one.Locations.Split("ID");
        var locations = string.Concat(parts.Select((part, index) => index + 1 < parts.Length ? $"{part}\"{index}\"" : part));
        await using var twin = await NginxTwin.StartAsync($"server {{ listen LISTEN; {locations}\nlocation = /none {{ return 200 none; }} }}");
        var differences = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(one.Targets, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (target, _) =>
        {
            var (nginx, gateway) = await twin.AskAsync(new TwinRequest("any", target));
            if (Chosen(nginx) != Chosen(gateway))
            {
                differences.Add($"{target}: nginx {Chosen(nginx)}, gateway {Chosen(gateway)}");
            }
        });
        Assert.True(differences.IsEmpty, $"{string.Join('\n', differences.Order().Take(10))}\nof\n{locations}");
    }

    /// <summary>Where no location fits, nginx looks into a directory of its own.</summary>
    private static string Chosen(TwinAnswer answer) => answer.Status is 403 or 404 ? "none" : $"{answer.Status} {answer.Body}";

    private sealed record Case(string Locations, IReadOnlyList<string> Targets);
}
