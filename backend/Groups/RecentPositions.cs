using System.Runtime.CompilerServices;

namespace YarpWs.Backend.Groups;

/// <summary>The positions of the newest entries that one group has delivered. Not for several threads.</summary>
internal struct RecentPositions
{
    /// <summary>Enough to know again what two listeners hear, of which one is a little behind; few enough to cost a group nothing.</summary>
    private const int Capacity = 16;

    private Positions _positions;
    private int _count;

    /// <summary>The oldest of them; null while all that were ever added are here.</summary>
    public readonly long? Oldest => _count < Capacity ? null : _positions[_count % Capacity];

    /// <summary>Positions rise.</summary>
    public void Add(long position)
    {
        _positions[_count % Capacity] = position;
        _count = _count == (2 * Capacity) - 1 ? Capacity : _count + 1;
    }

    public readonly bool Contains(long position)
    {
        ReadOnlySpan<long> positions = _positions;
        return positions[..Math.Min(_count, Capacity)].Contains(position);
    }

    [InlineArray(Capacity)]
    private struct Positions
    {
        private long _first;
    }
}
