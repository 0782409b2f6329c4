namespace YarpWs.EndToEnd.Tests.Storm.Judging;

/// <summary>A message and what all journals together say of it.</summary>
internal sealed class Message(Sent sent)
{
    public MessageId Id => sent.Message;

    public int Connection => sent.Connection;

    /// <summary>It was not published before.</summary>
    public TimeSpan SentAt => sent.At;

    /// <summary>It was published before; null when nothing says that it was taken.</summary>
    public TimeSpan? TakenAt { get; private set; }

    public bool IsHeard { get; private set; }

    /// <summary>All messages that were sent to a group.</summary>
    public static IReadOnlyDictionary<MessageId, Message> Of(IEnumerable<Journal> group)
    {
        var lines = group.SelectMany(journal => journal.Lines()).ToList();
        var messages = lines.OfType<Sent>().ToDictionary(sent => sent.Message, sent => new Message(sent));
        foreach (var line in lines)
        {
            switch (line)
            {
                case Acknowledged acknowledged:
                    messages[acknowledged.Message].Take(acknowledged.At);
                    break;
                case Heard heard:
                    messages[heard.Message].Take(heard.At);
                    messages[heard.Message].IsHeard = true;
                    break;
            }
        }

        foreach (var connection in messages.Values.Where(message => message.Connection > 0).GroupBy(message => (message.Id.Client, message.Connection)))
        {
            TakeInOrder(connection);
        }

        return messages;
    }

    /// <summary>The messages of one connection are taken in the order sent: one that was taken proves those before it.</summary>
    private static void TakeInOrder(IEnumerable<Message> connection)
    {
        TimeSpan? later = null;
        foreach (var message in connection.OrderByDescending(message => message.Id.Number))
        {
            if (later is { } at)
            {
                message.Take(at);
            }

            later = message.TakenAt;
        }
    }

    private void Take(TimeSpan at) => TakenAt = TakenAt is { } known && known < at ? known : at;
}
