using System.Globalization;

namespace YarpWs.EndToEnd.Tests.Storm.Judging;

/// <summary>
/// Journals of one group, written by hand: a line is <c>second client verb object</c>, such as <c>3 ann sends 1</c>, <c>4 bob hears ann:1</c>,
/// <c>5 bob is closed with 4002</c>. Whoever pushes is no member.
/// </summary>
internal static class WrittenJournals
{
    public static IReadOnlyList<Journal> Read(string text)
    {
        var journals = new Dictionary<string, Journal>();
        var connections = new Dictionary<string, int>();
        foreach (var words in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')))
        {
            var (at, client, verb, last) = (TimeSpan.FromSeconds(double.Parse(words[0], CultureInfo.InvariantCulture)), words[1], words[2], words[^1]);
            if (verb == "joins")
            {
                connections[client] = connections.GetValueOrDefault(client) + 1;
            }

            if (!journals.TryGetValue(client, out var journal))
            {
                journals.Add(client, journal = new Journal(client, "group", isMember: verb == "joins"));
            }

            journal.Write(Parse(at, client, connections.GetValueOrDefault(client), verb, last));
        }

        return [.. journals.Values];
    }

    private static Line Parse(TimeSpan at, string client, int connection, string verb, string last) => verb switch
    {
        "joins" => new Joined(at, connection, Gateway: last == "1" ? 1 : 0),
        "sends" => new Sent(at, connection, new MessageId(client, Number(last))),
        "pushes" => new Sent(at, Connection: 0, new MessageId(client, Number(last))),
        "acknowledged" => new Acknowledged(at, new MessageId(client, Number(last))),
        "refused" => new Refused(at, new MessageId(client, Number(last)), "503"),
        "hears" => new Heard(at, connection, MessageId.Parse(last), Node: "a"),
        "leaves" => new Left(at, connection),
        "is" => new Ended(at, connection, Number(last), ""),
        _ => throw new FormatException($"No journal says '{verb}'."),
    };

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
