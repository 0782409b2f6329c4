using System.Globalization;
using System.Text;

namespace YarpWs.Benchmarks.Measuring;

/// <summary>An outcome as a Markdown table, which reads as well in a terminal.</summary>
internal static class Table
{
    public static string Of(Outcome outcome)
    {
        string[] beside = [.. outcome.Rows.SelectMany(row => row.Beside).Select(value => value.Name).Distinct()];
        string[] targets = [.. outcome.Rows.SelectMany(row => row.Beside).Where(value => value.Target is not null).Select(value => value.Name).Distinct()];
        List<string[]> lines =
        [
            ["", outcome.Unit, "least to greatest", $"{outcome.Ours} ÷ this", "least to greatest", "target", .. beside, .. targets.Select(name => $"{outcome.Ours} ÷ this, {name}")],
        ];
        lines.AddRange(outcome.Rows.Where(row => row.Value is not null).Select(row => Cells(row, beside, targets)));

        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{outcome.Title}; median of {outcome.Rounds} round{(outcome.Rounds == 1 ? "" : "s")}.\n\n");
        var widths = Enumerable.Range(0, lines[0].Length).Select(column => lines.Max(line => line[column].Length)).ToArray();
        for (var i = 0; i < lines.Count; i++)
        {
            text.Append("| ").AppendJoin(" | ", lines[i].Select((cell, column) => cell.PadRight(widths[column]))).Append(" |\n");
            if (i == 0)
            {
                text.Append('|').AppendJoin('|', widths.Select(width => new string('-', width + 2))).Append("|\n");
            }
        }

        foreach (var row in outcome.Rows.Where(row => row.Absence is not null))
        {
            text.Append(CultureInfo.InvariantCulture, $"\nNot measured: {row.Contender}, {row.Absence}.\n");
        }

        return text.ToString();
    }

    /// <summary>Three digits that count.</summary>
    public static string Number(double value) => Math.Abs(value) switch
    {
        >= 100 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("F1", CultureInfo.InvariantCulture),
        >= 1 => value.ToString("F2", CultureInfo.InvariantCulture),
        _ => value.ToString("F3", CultureInfo.InvariantCulture),
    };

    private static string[] Cells(OutcomeRow row, string[] beside, string[] targets) =>
    [
        row.Contender,
        Number(row.Value!.Median),
        $"{Number(row.Value.Least)} to {Number(row.Value.Greatest)}",
        row.Ratio is null ? "" : Number(row.Ratio.Median),
        row.Ratio is null ? "" : $"{Number(row.Ratio.Least)} to {Number(row.Ratio.Greatest)}",
        row.Target is null ? "" : Target(row.Target.Value, row.IsTargetMet),
        .. beside.Select(name => row.Beside.FirstOrDefault(value => value.Name == name) is { } value ? Number(value.Median) : ""),
        .. targets.Select(name => row.Beside.FirstOrDefault(value => value.Name == name) is { Ratio: { } ratio, Target: { } target } value
            ? $"{Number(ratio.Median)} ({Number(ratio.Least)} to {Number(ratio.Greatest)}), {Target(target, value.IsTargetMet)}"
            : ""),
    ];

    private static string Target(double ratio, bool? isMet) => $"≤ {ratio.ToString(CultureInfo.InvariantCulture)}, {(isMet == true ? "met" : "missed")}";
}
