using System.Text;

namespace YarpWs.Benchmarks.Measuring;

/// <summary>
/// RESULTS.md: the newest table of each figure stands between two comments that name it, and is replaced there. All else in the file
/// is written by hand and stays.
/// </summary>
internal static class ResultsFile
{
    public static void Record(string path, IReadOnlyList<Outcome> outcomes)
    {
        var text = File.Exists(path) ? File.ReadAllText(path) : "# Results\n";
        foreach (var outcome in outcomes)
        {
            text = Replace(text, outcome.Name, $"## {outcome.Name}\n\n{Table.Of(outcome)}\n{Circumstances()}");
        }

        File.WriteAllText(path, text);
    }

    private static string Circumstances() => string.Join("; ", Machine.Describe().Select(line => $"{line.Name} {line.Value}")) + ".\n";

    private static string Replace(string text, string name, string section)
    {
        var (begin, end) = ($"<!-- {name} -->", $"<!-- end of {name} -->");
        var whole = new StringBuilder().Append(begin).Append('\n').Append(section).Append(end).ToString();
        var (from, to) = (text.IndexOf(begin, StringComparison.Ordinal), text.IndexOf(end, StringComparison.Ordinal));
        return from < 0 ? $"{text.TrimEnd()}\n\n{whole}\n" : text[..from] + whole + text[(to + end.Length)..];
    }
}
