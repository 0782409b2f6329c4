namespace YarpWs.EndToEnd.Tests.Storm.Judging;

/// <summary>A message that a member missed, and one that it heard though it comes after that.</summary>
internal sealed record Gap(Message Missing, Heard Behind);

/// <summary>Finds what a member should have heard and did not. What comes after the last that it heard is no gap: it may be under way, or its end told of it.</summary>
internal static class Gaps
{
    public static IEnumerable<Gap> In(Membership membership, GroupRecord group)
    {
        // Whoever heard a message was a member when it was taken, although the 101 may have come later.
        var since = membership.Heard.Select(heard => group.Messages[heard.Message].TakenAt!.Value).Append(membership.Joined.At).Min();
        return ByTime(membership, group.Messages, since).Concat(ByOrder(membership, group, since));
    }

    /// <summary>What was sent after the member was there, and taken before something was sent that the member heard.</summary>
    private static IEnumerable<Gap> ByTime(Membership membership, IReadOnlyDictionary<MessageId, Message> messages, TimeSpan since)
    {
        var until = membership.Heard.Max(heard => messages[heard.Message].SentAt);
        return from message in messages.Values
               where message.SentAt > since && message.TakenAt < until && membership.IndexOf(message.Id) is null
               orderby message.SentAt
               select new Gap(message, membership.Heard.First(heard => messages[heard.Message].SentAt > message.TakenAt));
    }

    /// <summary>What stands before something that the member heard, in the order in which another member heard it or one connection sent it.</summary>
    private static IEnumerable<Gap> ByOrder(Membership membership, GroupRecord group, TimeSpan since)
    {
        var heard = group.Memberships.Where(other => other != membership).Select(other => other.Heard.Select(line => group.Messages[line.Message]));
        var sent = group.Messages.Values.Where(message => message.Connection > 0)
            .GroupBy(message => (message.Id.Client, message.Connection), (_, messages) => messages.OrderBy(message => message.Id.Number));
        foreach (var order in heard.Concat(sent))
        {
            Message? missing = null;
            var isMember = false;
            foreach (var message in order)
            {
                if (membership.IndexOf(message.Id) is not { } index)
                {
                    missing ??= isMember || message.SentAt > since ? message : null;
                }
                else if (missing is not null)
                {
                    yield return new Gap(missing, membership.Heard[index]);
                    missing = null;
                }
                else
                {
                    isMember = true;
                }
            }
        }
    }
}
