namespace YarpWs.Backend.Groups;

/// <summary>The newest of a row of numbers. Costs nothing before the first one. Not for several threads.</summary>
/// <param name="capacity">How many are kept.</param>
internal sealed class RecentNumbers(int capacity)
{
    private long[]? _numbers;
    private int _next;
    private int _count;

    /// <summary>The oldest of them; null while none was forgotten.</summary>
    public long? Oldest => _count < capacity ? null : _numbers![_next];

    public void Add(long number)
    {
        _numbers ??= new long[capacity];
        _numbers[_next] = number;
        _next = (_next + 1) % capacity;
        _count = Math.Min(_count + 1, capacity);
    }

    public bool Contains(long number) => _numbers.AsSpan(0, _count).Contains(number);

    public void Clear() => (_next, _count) = (0, 0);
}
