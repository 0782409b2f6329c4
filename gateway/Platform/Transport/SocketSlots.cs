namespace YarpWs.Platform.Transport;

/// <summary>
/// The sockets of a loop by key. A key is never used twice, so that a report which is still on its way does not reach the next socket in the
/// same slot.
/// </summary>
internal sealed class SocketSlots
{
    private readonly Lock _gate = new();
    private readonly Stack<int> _free = new();
    private LoopSocket?[] _slots = new LoopSocket?[64];
    private uint _turn;
    private int _used;

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _used - _free.Count;
            }
        }
    }

    public ulong Add(LoopSocket socket)
    {
        lock (_gate)
        {
            if (!_free.TryPop(out var slot))
            {
                slot = _used++;
                if (slot == _slots.Length)
                {
                    Array.Resize(ref _slots, slot * 2);
                }
            }

            socket.Key = ((ulong)++_turn << 32) | (uint)slot;
            _slots[slot] = socket;
            return socket.Key;
        }
    }

    /// <summary>Called for every report, and so without the gate: the slots that it sees may be a moment old, but hold what was watched then.</summary>
    public LoopSocket? Find(ulong key) => Volatile.Read(ref _slots)[(uint)key] is { } socket && socket.Key == key ? socket : null;

    /// <summary>Does nothing for a socket that is not here any more.</summary>
    public void Remove(LoopSocket socket)
    {
        lock (_gate)
        {
            var slot = (uint)socket.Key;
            if (_slots[slot] == socket)
            {
                _slots[slot] = null;
                _free.Push((int)slot);
            }
        }
    }

    public LoopSocket[] All()
    {
        lock (_gate)
        {
            return [.. _slots.OfType<LoopSocket>()];
        }
    }
}
