namespace YarpWs.EndToEnd.Tests.Storm.Judging;

/// <summary>One connection of a client, from its 101 to its end: what is promised is promised to this.</summary>
internal sealed class Membership
{
    private readonly Dictionary<MessageId, int> _order = [];

    private Membership(Journal journal, Joined joined)
    {
        Journal = journal;
        Joined = joined;
    }

    public Journal Journal { get; }

    public Joined Joined { get; }

    public int Gateway => Joined.Gateway;

    /// <summary>Where it was: the node that published what it sent. Null when it heard nothing of its own.</summary>
    public string? Node { get; private set; }

    public List<Heard> Heard { get; } = [];

    /// <summary>When it ended the connection by itself; null when it did not.</summary>
    public Left? Left { get; private set; }

    /// <summary>Null while it lives.</summary>
    public Ended? Ended { get; private set; }

    /// <summary>What it heard twice.</summary>
    public List<Heard> Doubled { get; } = [];

    /// <summary>The memberships of a client, oldest first.</summary>
    public static IReadOnlyList<Membership> Of(Journal journal)
    {
        var memberships = new List<Membership>();
        var sentOn = new Dictionary<MessageId, int>();
        foreach (var line in journal.Lines())
        {
            switch (line)
            {
                case Joined joined:
                    memberships.Add(new Membership(journal, joined));
                    break;
                case Sent sent:
                    sentOn.Add(sent.Message, sent.Connection);
                    break;
                case Heard heard:
                    memberships[^1].Hear(heard, isOwn: sentOn.GetValueOrDefault(heard.Message) == heard.Connection);
                    break;
                case Left left:
                    memberships[^1].Left = left;
                    break;
                case Ended ended:
                    memberships[^1].Ended = ended;
                    break;
            }
        }

        return memberships;
    }

    /// <summary>The index in <see cref="Heard"/>; null when it did not hear it.</summary>
    public int? IndexOf(MessageId message) => _order.TryGetValue(message, out var index) ? index : null;

    public override string ToString() => $"{Journal.Client} (connection {Joined.Connection})";

    private void Hear(Heard heard, bool isOwn)
    {
        if (!_order.TryAdd(heard.Message, Heard.Count))
        {
            Doubled.Add(heard);
            return;
        }

        Heard.Add(heard);
        Node ??= isOwn ? heard.Node : null;
    }
}
