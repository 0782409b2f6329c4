namespace YarpWs.EndToEnd.Tests.Storm.Judging;

/// <summary>All that is known of one group: its clients, their memberships and what was sent to it.</summary>
internal sealed class GroupRecord(IReadOnlyList<Journal> journals)
{
    public IReadOnlyList<Journal> Journals => journals;

    public IReadOnlyList<Membership> Memberships { get; } = [.. journals.SelectMany(Membership.Of)];

    public IReadOnlyDictionary<MessageId, Message> Messages { get; } = Message.Of(journals);
}

/// <summary>Something wrong, with whom and what it is about; the story of it is told only once it is known to be needed.</summary>
internal sealed record Suspicion(Wrong Wrong, string Sentence, IReadOnlyList<Membership> About, IReadOnlyList<MessageId> Messages)
{
    public Finding Tell(IReadOnlyList<Journal> journals, IReadOnlyList<Episode> episodes) => new(Wrong, Sentence, Story.Of(this, journals, episodes));
}
