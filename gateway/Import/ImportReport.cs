using System.Text;
using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import;

/// <summary>What becomes of a directive. A later one goes over an earlier one where several places use the directive.</summary>
internal enum ImportOutcome
{
    /// <summary>It has nothing to do here.</summary>
    Meaningless,

    /// <summary>What it did is done.</summary>
    Kept,

    /// <summary>What it did is done in another way, or is not needed for the same answers.</summary>
    Changed,

    /// <summary>What it did is not done, and answers may differ.</summary>
    Unsupported,
}

/// <summary>Keeps one line for each directive.</summary>
internal sealed class ImportReport
{
    private readonly Dictionary<Directive, ReportLine> _lines = [];
    private readonly Dictionary<Directive, Directive> _originals = [];
    private readonly List<string> _notes = [];

    /// <summary>In the order of the files and their lines.</summary>
    public IReadOnlyList<ReportLine> Lines => [.. _lines.Values.OrderBy(line => line.Index)];

    /// <summary>What nginx does without a directive and the gateway does otherwise.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Has what is said of one that was written for another be said of that one, and returns it.</summary>
    public Directive StandsFor(Directive written, Directive original)
    {
        _originals[written] = original;
        return written;
    }

    public void Say(Directive directive, ImportOutcome outcome, string why)
    {
        directive = _originals.GetValueOrDefault(directive, directive);
        if (!_lines.TryGetValue(directive, out var line))
        {
            _lines[directive] = new ReportLine(directive, outcome, [why], _lines.Count);
        }
        else if (outcome > line.Outcome)
        {
            _lines[directive] = line with { Outcome = outcome, Whys = [why] };
        }
        else if (outcome == line.Outcome && !line.Whys.Contains(why))
        {
            _lines[directive] = line with { Whys = [.. line.Whys, why] };
        }
    }

    public bool Has(Directive directive) => _lines.ContainsKey(directive);

    public void Note(string note)
    {
        if (!_notes.Contains(note))
        {
            _notes.Add(note);
        }
    }

    /// <summary>Lines get the order of the directives in the files; what stands in no file has none.</summary>
    public void Sort(IEnumerable<Directive> directives)
    {
        var unsorted = new Dictionary<Directive, ReportLine>(_lines);
        _lines.Clear();
        foreach (var (index, directive) in directives.Index())
        {
            if (unsorted.TryGetValue(directive, out var line))
            {
                _lines[directive] = line with { Index = index };
            }
        }
    }

    /// <summary>The names of directives that are not supported, and not allowed.</summary>
    public IReadOnlyList<string> Refused(IReadOnlyCollection<string> allowed) =>
        [.. Lines.Where(line => line.Outcome == ImportOutcome.Unsupported).Select(line => line.Directive.Name).Distinct().Except(allowed, StringComparer.Ordinal)];

    /// <param name="file">What was imported.</param>
    /// <param name="allowed">Names of directives whose loss is accepted.</param>
    public string ToMarkdown(string file, IReadOnlyCollection<string> allowed)
    {
        var text = new StringBuilder($"# Import of {file}\n\n");
        foreach (var outcome in Enum.GetValues<ImportOutcome>().OrderDescending())
        {
            text.Append($"* {NameOf(outcome)}: {Lines.Count(line => line.Outcome == outcome)}\n");
        }

        text.Append("\n| line | directive | | what becomes of it |\n|---|---|---|---|\n");
        foreach (var line in Lines)
        {
            var isAllowed = line.Outcome == ImportOutcome.Unsupported && allowed.Contains(line.Directive.Name, StringComparer.Ordinal);
            text.Append($"| {Path.GetFileName(line.Directive.Location.File)}:{line.Directive.Location.Line} | `{Escape(line.Directive.ToString())}` | {(line.Outcome == ImportOutcome.Unsupported ? "**not supported**" : NameOf(line.Outcome))}{(isAllowed ? " (allowed)" : "")} | {Escape(string.Join(" ", line.Whys))} |\n");
        }

        if (Notes.Count > 0)
        {
            text.Append("\nWhat nginx does without being told, and the gateway otherwise:\n\n");
            foreach (var note in Notes)
            {
                text.Append($"* {note}\n");
            }
        }

        return text.ToString();
    }

    public static string NameOf(ImportOutcome outcome) => outcome switch
    {
        ImportOutcome.Kept => "kept",
        ImportOutcome.Changed => "changed",
        ImportOutcome.Meaningless => "meaningless here",
        _ => "not supported",
    };

    private static string Escape(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
}

/// <param name="Directive">The directive.</param>
/// <param name="Outcome">What becomes of it where it fares worst.</param>
/// <param name="Whys">Sentences, without repetition.</param>
/// <param name="Index">Its place among the lines.</param>
internal sealed record ReportLine(Directive Directive, ImportOutcome Outcome, IReadOnlyList<string> Whys, int Index);
