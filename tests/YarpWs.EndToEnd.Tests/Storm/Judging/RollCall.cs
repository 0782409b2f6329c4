namespace YarpWs.EndToEnd.Tests.Storm.Judging;

/// <summary>Asks the journals who hears whom.</summary>
internal static class RollCall
{
    /// <summary>Pairs of which the first, on the connection that it has now, has heard nothing that the second sent at or after a moment.</summary>
    public static IEnumerable<(string Deaf, string Unheard)> Missing(IReadOnlyList<Journal> group, TimeSpan since)
    {
        var sent = group.SelectMany(journal => journal.Since(since).OfType<Sent>()).Select(line => line.Message).ToHashSet();
        foreach (var journal in group.Where(journal => journal.IsMember))
        {
            var heard = HeardNow(journal, since).Where(sent.Contains).Select(message => message.Client).ToHashSet();
            foreach (var other in group.Where(other => !heard.Contains(other.Client)))
            {
                yield return (journal.Client, other.Client);
            }
        }
    }

    /// <summary>What it has heard on its newest connection; nothing while that is closed.</summary>
    private static List<MessageId> HeardNow(Journal journal, TimeSpan since)
    {
        var heard = new List<MessageId>();
        foreach (var line in journal.Since(since))
        {
            switch (line)
            {
                case Joined or Ended:
                    heard.Clear();
                    break;
                case Heard hears:
                    heard.Add(hears.Message);
                    break;
            }
        }

        return heard;
    }
}
