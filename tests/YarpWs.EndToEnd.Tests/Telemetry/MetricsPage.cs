using System.Text.RegularExpressions;

namespace YarpWs.EndToEnd.Tests.Telemetry;

/// <summary>What a process says on /metrics.</summary>
internal sealed partial class MetricsPage
{
    private MetricsPage(IReadOnlyList<Series> series) => Series = series;

    public IReadOnlyList<Series> Series { get; }

    public IEnumerable<string> Names => Series.Select(series => series.Name).Distinct();

    public static async Task<MetricsPage> ReadAsync(HttpClient http, Uri process, CancellationToken cancellation)
    {
        var text = await http.GetStringAsync(new Uri(process, "/metrics"), cancellation);
        return new MetricsPage([.. Lines().Matches(text).Select(line => new Series(
            line.Groups[1].Value,
            Labels().Matches(line.Groups[2].Value).ToDictionary(label => label.Groups[1].Value, label => label.Groups[2].Value)))]);
    }

    [GeneratedRegex("""^([a-z_:][\w:]*)(?:\{(.*)\})? \S+(?: \d+)?\r?$""", RegexOptions.Multiline)]
    private static partial Regex Lines();

    [GeneratedRegex("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"")]
    private static partial Regex Labels();
}

internal sealed record Series(string Name, IReadOnlyDictionary<string, string> Labels)
{
    public override string ToString() => $"{Name}{{{string.Join(",", Labels.Where(label => label.Key != "otel_scope_name").Select(label => $"{label.Key}=\"{label.Value}\""))}}}";
}
