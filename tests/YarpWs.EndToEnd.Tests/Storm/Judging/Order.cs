namespace YarpWs.EndToEnd.Tests.Storm.Judging;

/// <summary>Finds messages that were heard in a wrong order.</summary>
internal static class Order
{
    /// <summary>One member heard something that was taken, or sent by the same connection, before what it had heard already.</summary>
    public static IEnumerable<Suspicion> Of(Membership membership, IReadOnlyDictionary<MessageId, Message> messages)
    {
        Message? newest = null;
        var newestOf = new Dictionary<(string Client, int Connection), Message>();
        foreach (var heard in membership.Heard)
        {
            var message = messages[heard.Message];
            var sender = (message.Id.Client, message.Connection);
            if (newest is not null && message.TakenAt < newest.SentAt)
            {
                yield return Swapped(membership, newest.Id, message.Id);
            }
            else if (message.Connection > 0 && newestOf.TryGetValue(sender, out var earlier) && earlier.Id.Number > message.Id.Number)
            {
                yield return Swapped(membership, earlier.Id, message.Id);
            }

            newest = newest is null || message.SentAt > newest.SentAt ? message : newest;
            newestOf[sender] = message;
        }
    }

    /// <summary>Of each two members the first pair of messages that they heard in different orders.</summary>
    public static IEnumerable<Suspicion> Between(IReadOnlyList<Membership> memberships)
    {
        for (var i = 0; i < memberships.Count; i++)
        {
            for (var j = i + 1; j < memberships.Count; j++)
            {
                if (Between(memberships[i], memberships[j]) is { } suspicion)
                {
                    yield return suspicion;
                }
            }
        }
    }

    private static Suspicion? Between(Membership one, Membership other)
    {
        var last = -1;
        foreach (var heard in one.Heard)
        {
            if (other.IndexOf(heard.Message) is not { } index)
            {
                continue;
            }

            if (index < last)
            {
                var before = other.Heard[last].Message;
                return new Suspicion(
                    Wrong.OutOfOrder, $"{one} heard {before} before {heard.Message}, and {other} the other way round.", [one, other], [before, heard.Message]);
            }

            last = index;
        }

        return null;
    }

    private static Suspicion Swapped(Membership membership, MessageId first, MessageId second) => new(
        Wrong.OutOfOrder, $"{membership} heard {first} before {second}, which was taken first.", [membership], [first, second]);
}
