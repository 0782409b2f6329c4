using System.Globalization;

namespace YarpWs.EndToEnd.Tests.Storm.Judging;

/// <summary>The lines of all journals that a finding is about, merged by time.</summary>
internal static class Story
{
    /// <summary>Lines of a member's that stand before and after each that the finding names.</summary>
    private const int Around = 2;

    public static IReadOnlyList<Entry> Of(Suspicion suspicion, IReadOnlyList<Journal> journals, IReadOnlyList<Episode> episodes)
    {
        var entries = new List<Entry>();
        foreach (var journal in journals)
        {
            var isAbout = suspicion.About.Any(membership => membership.Journal == journal);
            entries.AddRange(Pick(journal, suspicion, isAbout).Select(line => new Entry(line.At, journal.Client, line.ToString()!)));
        }

        var (from, to) = suspicion.About.Count == 0
            ? (TimeSpan.Zero, TimeSpan.MaxValue)
            : (suspicion.About.Min(membership => membership.Joined.At), suspicion.About.Max(membership => membership.Ended?.At ?? TimeSpan.MaxValue));
        if (suspicion.Messages.Count > 0 && entries.Count > 0)
        {
            // What passed long before the first word of it has healed.
            from = entries.Where(entry => entry.IsOfMessage(suspicion.Messages)).Select(entry => entry.At).DefaultIfEmpty(from).Min();
        }

        foreach (var episode in episodes.Where(episode => episode.Began <= to && (episode.Calm ?? TimeSpan.MaxValue) >= from).TakeLast(3))
        {
            entries.Add(new Entry(episode.Began, "storm", $"{episode} begins"));
            AddWhen(entries, episode.Healed, "all is repaired");
            AddWhen(entries, episode.Calm, "everybody hears everybody");
        }

        return [.. entries.OrderBy(entry => entry.At)];
    }

    private static void AddWhen(List<Entry> entries, TimeSpan? at, string what)
    {
        if (at is { } moment)
        {
            entries.Add(new Entry(moment, "storm", what));
        }
    }

    private static IEnumerable<Line> Pick(Journal journal, Suspicion suspicion, bool isAbout)
    {
        var lines = journal.Lines();
        for (var index = 0; index < lines.Count; index++)
        {
            if (IsNamed(lines[index], suspicion, isAbout)
                || (isAbout && lines[index] is Heard && Near(lines, index).Any(near => near is not Sent && IsNamed(near, suspicion, isAbout))))
            {
                yield return lines[index];
            }
        }
    }

    private static IEnumerable<Line> Near(IReadOnlyList<Line> lines, int index)
    {
        for (var near = Math.Max(0, index - Around); near <= Math.Min(lines.Count - 1, index + Around); near++)
        {
            yield return lines[near];
        }
    }

    private static bool IsNamed(Line line, Suspicion suspicion, bool isAbout) => line switch
    {
        Joined or Left or Ended => isAbout && suspicion.About.Any(membership => membership.Joined.Connection == line.Connection),
        Sent sent => suspicion.Messages.Contains(sent.Message),
        Acknowledged acknowledged => suspicion.Messages.Contains(acknowledged.Message),
        Refused refused => suspicion.Messages.Contains(refused.Message),
        Heard heard => suspicion.Messages.Contains(heard.Message),
        _ => false,
    };

    internal sealed record Entry(TimeSpan At, string Who, string What)
    {
        public bool IsOfMessage(IReadOnlyList<MessageId> messages) => messages.Any(message => What.Contains(message.ToString(), StringComparison.Ordinal));

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At.TotalSeconds,9:0.000} s  {Who,-6} {What}");
    }
}
