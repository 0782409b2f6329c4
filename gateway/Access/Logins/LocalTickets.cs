namespace YarpWs.Gateway.Access.Logins;

/// <summary>Tickets of a gateway without a Redis: it alone redeems what it issued.</summary>
internal sealed class LocalTickets(TimeProvider time) : ITicketStore
{
    /// <summary>Some 100 MB with tokens of 1 KB.</summary>
    private const int MaxTickets = 100_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (byte[] Seal, DateTimeOffset Ends)> _kept = [];

    /// <summary>All live equally long, so the first in is the first to end.</summary>
    private readonly Queue<(string Id, DateTimeOffset Ends)> _ends = new();

    public Task<bool> TryKeepAsync(string id, byte[] seal, TimeSpan lifetime)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            while (_ends.TryPeek(out var first) && first.Ends <= now)
            {
                _kept.Remove(_ends.Dequeue().Id);
            }

            if (_ends.Count >= MaxTickets)
            {
                return Task.FromResult(false);
            }

            _kept.Add(id, (seal, now + lifetime));
            _ends.Enqueue((id, now + lifetime));
            return Task.FromResult(true);
        }
    }

    public Task<byte[]?> TakeAsync(string id)
    {
        lock (_lock)
        {
            return Task.FromResult(_kept.Remove(id, out var kept) && kept.Ends > time.GetUtcNow() ? kept.Seal : null);
        }
    }
}
