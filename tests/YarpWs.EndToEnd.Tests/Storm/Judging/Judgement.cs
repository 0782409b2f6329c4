using System.Globalization;
using System.Text;

namespace YarpWs.EndToEnd.Tests.Storm.Judging;

/// <summary>What must not happen, whatever the storm does.</summary>
internal enum Wrong
{
    /// <summary>A message that was taken is missing between others that the member got, and nobody told the member.</summary>
    LostAndNotTold,

    /// <summary>A client heard a message twice.</summary>
    Doubled,

    /// <summary>Two members heard two messages in different orders, or one heard what was sent later first.</summary>
    OutOfOrder,

    /// <summary>A client said something and left, and nobody heard it, though no fault struck what carried it.</summary>
    LastWordsUnheard,

    /// <summary>A socket ended, and no fault explains it.</summary>
    ClosedWithoutCause,

    /// <summary>All was repaired, and a client still does not hear another.</summary>
    DeafAfterwards,
}

/// <summary>One wrong, with the lines that show it.</summary>
internal sealed record Finding(Wrong Wrong, string Sentence, IReadOnlyList<Story.Entry> Story);

/// <summary>What the judge has found in the journals.</summary>
internal sealed record Judgement
{
    public required int Sent { get; init; }

    /// <summary>Messages that were taken: a push that was answered with 202, and whatever a member heard or a later message of the same connection proves.</summary>
    public required int Taken { get; init; }

    /// <summary>Pushes and members' messages of which the sender was told that they failed, or whose connection ended first, and that nobody heard.</summary>
    public required int RefusedAndTold { get; init; }

    public required int Heard { get; init; }

    /// <summary>Deliveries that did not take place because the member's connection had ended, as it knows.</summary>
    public required int LostAndTold { get; init; }

    /// <summary>Sockets that their clients ended.</summary>
    public required int Left { get; init; }

    /// <summary>Sockets that ended, by close code.</summary>
    public required IReadOnlyDictionary<int, int> Closed { get; init; }

    public required IReadOnlyList<Finding> Findings { get; init; }

    public int CountOf(Wrong wrong) => Findings.Count(finding => finding.Wrong == wrong);

    /// <summary>The table of a run, one line each.</summary>
    public string Table()
    {
        var table = new StringBuilder();
        Row("sent", Sent);
        Row("taken", Taken);
        Row("refused and told", RefusedAndTold);
        Row("heard", Heard);
        Row("lost and told", LostAndTold);
        Row("left", Left);
        foreach (var (code, count) in Closed.OrderBy(closed => closed.Key))
        {
            Row($"closed with {code}", count);
        }

        foreach (var wrong in Enum.GetValues<Wrong>())
        {
            Row(wrong.ToString(), CountOf(wrong));
        }

        return table.ToString();

        void Row(string name, int count) => table.AppendLine(CultureInfo.InvariantCulture, $"{name,-20} {count,8}");
    }
}
