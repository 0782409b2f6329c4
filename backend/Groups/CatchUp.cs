using Microsoft.Extensions.Options;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Streams;

namespace YarpWs.Backend.Groups;

/// <summary>
/// Reads what groups have missed from their logs, in pages that fit into the outboxes of their members, and no faster than the members take them: reading a log is
/// so much faster than most clients that the healthy ones would be closed for being slow.
/// </summary>
internal sealed class CatchUp(GroupStreams streams, IOptions<ConnectionOptions> connections, TimeProvider time) : IDisposable
{
    /// <summary>Entries of a page: small ones cost more than their bytes.</summary>
    private const int MaxEntries = 256;

    /// <summary>A page lives in memory for each group that catches up.</summary>
    private const long MaxPageBytes = 1024 * 1024;

    /// <summary>Pages in memory at once: after an outage every group of a node may have to catch up.</summary>
    private const int MaxPages = 64;

    /// <summary>What a page takes in an outbox, at most, for each byte in the log: a protocol may make a message longer.</summary>
    private const int MaxGrowth = 8;

    /// <summary>How long the others of a group wait for members that take nothing. After it those are as slow as any.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>So much of an outbox that a page fits into an empty one in every protocol. A single larger message always fits there.</summary>
    private readonly long _pageBytes = Math.Min(MaxPageBytes, connections.Value.MaxOutboxBytes / (2 * MaxGrowth));

    private readonly SemaphoreSlim _pages = new(MaxPages, MaxPages);

    /// <summary>The bytes that must be free in an outbox for a page that has this many; for the next one, whose bytes are not known yet, when not given.</summary>
    public long RoomFor(long? bytes = null) => (bytes ?? _pageBytes) * MaxGrowth;

    /// <summary>Reads one page of a group's log and hands it over. Throws when Redis is away, and what <paramref name="take"/> throws.</summary>
    public async Task ReadAsync(GroupKey group, long since, Func<LogPage, Task> take)
    {
        await _pages.WaitAsync();
        try
        {
            await take(await streams.ReadSinceAsync(group, since, MaxEntries, _pageBytes));
        }
        finally
        {
            _pages.Release();
        }
    }

    /// <summary>Waits until these members have sent what they have, or are known to be slow.</summary>
    public async Task WaitForRoomAsync(IReadOnlyList<Connection> crowded)
    {
        if (crowded.Count == 0)
        {
            return;
        }

        try
        {
            await Task.WhenAll(crowded.Select(member => member.WhenIdleAsync())).WaitAsync(Patience, time);
        }
        catch (TimeoutException)
        {
            // They harm only themselves: the page goes to everybody.
        }
    }

    /// <summary>When the host has stopped: every member has left by then, and with the last one of a group what it was reading has ended.</summary>
    public void Dispose() => _pages.Dispose();
}
