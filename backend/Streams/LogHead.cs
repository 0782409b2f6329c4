using System.Globalization;
using StackExchange.Redis;

namespace YarpWs.Backend.Streams;

/// <summary>
/// What Redis knows of a group apart from its log. <see cref="Position"/> is that of the newest message, 0 when it remembers none.
/// <see cref="Skips"/> are the newest places in which a message is missing that a node has heard before Redis forgot it.
/// </summary>
internal readonly record struct LogHead(long Position, IReadOnlyList<LogSkip> Skips)
{
    /// <summary>Reads the fields <c>position</c> and <c>skips</c>, as the scripts write them.</summary>
    public static LogHead Parse(RedisValue position, RedisValue skips)
    {
        if (skips.IsNullOrEmpty)
        {
            return new LogHead((long)position, []);
        }

        var numbers = Array.ConvertAll(((string)skips!).Split(' '), text => long.Parse(text, CultureInfo.InvariantCulture));
        return new LogHead((long)position, [.. numbers.Chunk(2).Select(pair => new LogSkip(pair[0], pair[1]))]);
    }
}

/// <summary>Who took the entry at <see cref="Entry"/> without having heard <see cref="Missing"/> has missed something.</summary>
internal readonly record struct LogSkip(long Entry, long Missing);

/// <summary>The moment in which a node or a member came to a group.</summary>
/// <param name="Epoch">The log that the hub's positions belong to.</param>
/// <param name="Position">What was published before has a lower position, what comes after a higher one.</param>
/// <param name="Now">The clock of Redis, in microseconds since 1970.</param>
/// <param name="Head">The position of the group's newest message; 0 when Redis remembers none.</param>
internal readonly record struct LogEntrance(long Epoch, long Position, long Now, long Head);

/// <summary>The oldest entries of a group's log after a position, their bytes, and the position of the newest that Redis remembers.</summary>
internal readonly record struct LogPage(long Head, IReadOnlyList<LogEntry> Entries, long Bytes);
