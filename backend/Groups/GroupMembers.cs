using YarpWs.Backend.Connections;
using YarpWs.Backend.Protocols;
using YarpWs.Backend.Streams;

namespace YarpWs.Backend.Groups;

/// <summary>Who is in a group on this node, each with the position at which it joined. Not for several threads: its group guards it.</summary>
internal sealed class GroupMembers
{
    private readonly Dictionary<Connection, long> _joined = [];

    public int Count => _joined.Count;

    public void Add(Connection member, long position) => _joined.Add(member, position);

    public void Remove(Connection member) => _joined.Remove(member);

    /// <summary>
    /// Puts an entry into the outbox of everybody who joined before it and is not excluded, encoded once for each protocol. Adds to
    /// <paramref name="idle"/> whom the caller must then let send.
    /// </summary>
    public void Enqueue(LogEntry entry, List<Connection> idle)
    {
        var encodings = new Encodings(entry.Message);
        var excluded = entry.Message.ExcludedConnectionId;
        foreach (var (member, joined) in _joined)
        {
            if (entry.Position > joined && (excluded.Length == 0 || member.Id != excluded) && member.TryEnqueue(encodings.For(member.Protocol)))
            {
                idle.Add(member);
            }
        }
    }

    /// <summary>Those for whom so many bytes more may not wait yet.</summary>
    public IReadOnlyList<Connection> WithoutRoomFor(long bytes) => [.. _joined.Keys.Where(member => !member.HasRoomFor(bytes))];

    /// <summary>Closes everybody who joined before a position, and tells how many those were.</summary>
    public int Close(CloseCode code, long joinedBefore = long.MaxValue)
    {
        var count = 0;
        foreach (var (member, joined) in _joined)
        {
            if (joined < joinedBefore)
            {
                member.Close(code);
                count++;
            }
        }

        return count;
    }
}
