namespace YarpWs.EndToEnd.Tests.Storm.Judging;

/// <summary>
/// Decides from the journals alone whether the promises of <c>backend/PROTOCOL.md</c> were kept. It needs no position: of two messages the one that
/// was taken before the other was sent has the lower one, and so has the earlier one of the same connection.
/// </summary>
internal static class Judge
{
    /// <summary>How soon after a gap a member must be told of it: a few audits of the groups.</summary>
    private static readonly TimeSpan TellingDeadline = TimeSpan.FromSeconds(15);

    /// <summary>How long what was said before a client left may take to be heard: as long as a node waits for Redis (<c>Connections:SendPatience</c>), and a moment more.</summary>
    private static readonly TimeSpan HearingDeadline = TimeSpan.FromSeconds(35);

    private const int MessagesLost = 4002;

    public static Judgement Decide(IReadOnlyList<Journal> journals, IReadOnlyList<Episode> episodes)
    {
        var groups = journals.GroupBy(journal => journal.Group).Select(group => new GroupRecord([.. group])).ToList();
        var ends = groups.SelectMany(group => group.Memberships).Select(membership => membership.Ended).OfType<Ended>();
        var findings = groups.SelectMany(group => Lost(group)
            .Concat(Doubled(group))
            .Concat(OutOfOrder(group))
            .Concat(LastWordsUnheard(group, episodes))
            .Concat(ClosedWithoutCause(group, episodes))
            .Concat(DeafAfterwards(group, episodes)));

        return new Judgement
        {
            Sent = groups.Sum(group => group.Messages.Count),
            Taken = groups.Sum(group => group.Messages.Values.Count(message => message.TakenAt is not null)),
            RefusedAndTold = groups.Sum(group => group.Messages.Values.Count(message => message.TakenAt is null)),
            Heard = groups.Sum(group => group.Memberships.Sum(membership => membership.Heard.Count)),
            LostAndTold = groups.Sum(LostAndTold),
            Left = groups.Sum(group => group.Memberships.Count(membership => membership.Left is not null)),
            Closed = ends.CountBy(end => end.Code).ToDictionary(),
            Findings = [.. findings.Select(finding => finding.Tell(journals, episodes))],
        };
    }

    /// <summary>Of each member the first gap that nobody told it of: a message that was taken after it had joined and before something that it heard.</summary>
    private static IEnumerable<Suspicion> Lost(GroupRecord group)
    {
        foreach (var membership in group.Memberships.Where(membership => membership.Heard.Count > 0))
        {
            if (Gaps.In(membership, group).FirstOrDefault() is { } gap && !IsTold(membership, gap))
            {
                yield return new Suspicion(
                    Wrong.LostAndNotTold,
                    $"{membership} never heard {gap.Missing.Id}, but {gap.Behind.Message}, which came after it.",
                    [membership],
                    [gap.Missing.Id, gap.Behind.Message]);
            }
        }
    }

    /// <summary>One that left before it had to be told knows that it has to read again.</summary>
    private static bool IsTold(Membership membership, Gap gap) =>
        (membership.Ended is { Code: MessagesLost } ended && ended.At - gap.Behind.At <= TellingDeadline)
        || membership.Left?.At - gap.Behind.At <= TellingDeadline;

    private static IEnumerable<Suspicion> Doubled(GroupRecord group)
    {
        foreach (var client in group.Memberships.GroupBy(membership => membership.Journal))
        {
            var heard = new Dictionary<MessageId, Membership>();
            foreach (var membership in client)
            {
                var again = membership.Heard.Where(line => !heard.TryAdd(line.Message, membership)).Concat(membership.Doubled);
                foreach (var line in again)
                {
                    yield return new Suspicion(
                        Wrong.Doubled, $"{membership} heard {line.Message} twice.", [heard[line.Message], membership], [line.Message]);
                }
            }
        }
    }

    private static IEnumerable<Suspicion> OutOfOrder(GroupRecord group) =>
        group.Memberships.SelectMany(membership => Order.Of(membership, group.Messages)).Concat(Order.Between(group.Memberships));

    /// <summary>Of each client that left the first message that nobody heard. What was said at the very end of the storm may still be under way.</summary>
    private static IEnumerable<Suspicion> LastWordsUnheard(GroupRecord group, IReadOnlyList<Episode> episodes)
    {
        var end = group.Journals.SelectMany(journal => journal.Lines()).Max(line => line.At);
        foreach (var membership in group.Memberships.Where(membership => membership.Left?.At + HearingDeadline < end))
        {
            var unheard = group.Messages.Values
                .Where(message => message.Id.Client == membership.Journal.Client && message.Connection == membership.Joined.Connection && message.TakenAt is null)
                .MinBy(message => message.Id.Number);
            if (unheard is not null && !episodes.Any(episode => episode.MayHaveSwallowed(membership, unheard.SentAt, membership.Left!.At + HearingDeadline)))
            {
                yield return new Suspicion(
                    Wrong.LastWordsUnheard, $"Nobody ever heard {unheard.Id}, which {membership} sent before it left.", [membership], [unheard.Id]);
            }
        }
    }

    private static IEnumerable<Suspicion> ClosedWithoutCause(GroupRecord group, IReadOnlyList<Episode> episodes) =>
        from membership in @group.Memberships
        let ended = membership.Ended
        where ended is not null && membership.Left is null && !episodes.Any(episode => episode.Explains(membership, ended))
        select new Suspicion(
            Wrong.ClosedWithoutCause, $"{membership} of node {membership.Node ?? "?"} was closed with {ended.Code} '{ended.Reason}', which no fault explains.", [membership], []);

    private static IEnumerable<Suspicion> DeafAfterwards(GroupRecord group, IReadOnlyList<Episode> episodes)
    {
        if (episodes is not [.., { Healed: { } healed, Calm: null }])
        {
            yield break;
        }

        foreach (var (deaf, unheard) in RollCall.Missing(group.Journals, healed))
        {
            yield return new Suspicion(
                Wrong.DeafAfterwards, $"{deaf} does not hear {unheard}, though all is repaired.", [.. group.Memberships.Where(membership => membership.Journal.Client == deaf).TakeLast(1)], []);
        }
    }

    /// <summary>What was sent after a client had joined for the first time, was taken, and that it never heard though no gap is held against anybody.</summary>
    private static int LostAndTold(GroupRecord group) => group.Memberships.GroupBy(membership => membership.Journal).Sum(client =>
    {
        var first = client.First().Joined.At;
        var until = client.Max(membership => membership.Ended?.At ?? TimeSpan.Zero);
        return group.Messages.Values.Count(message =>
            message.TakenAt is { } taken && taken < until && message.SentAt > first && client.All(membership => membership.IndexOf(message.Id) is null));
    });
}
