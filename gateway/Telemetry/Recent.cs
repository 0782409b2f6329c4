namespace YarpWs.Gateway.Telemetry;

/// <summary>The last of what happened, so many and no more: what comes next takes the place of the oldest. Any thread may call it; its lock is held for one step, or one copy.</summary>
/// <param name="capacity">How many are kept; their memory is taken as they come, and kept from then on.</param>
internal sealed class Recent<T>(int capacity)
{
    private readonly Lock _gate = new();
    private readonly Queue<T> _items = new();

    public void Add(T item)
    {
        lock (_gate)
        {
            if (_items.Count == capacity)
            {
                _items.Dequeue();
            }

            _items.Enqueue(item);
        }
    }

    /// <summary>What there is now, the oldest first.</summary>
    public IReadOnlyList<T> All()
    {
        lock (_gate)
        {
            return [.. _items];
        }
    }
}
