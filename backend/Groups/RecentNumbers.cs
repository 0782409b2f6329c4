namespace YarpWs.Backend.Groups;

/// <summary>The newest of a row of numbers. Costs nothing before the first one. Not for several threads.</summary>
/// <param name="least">How many are kept.</param>
/// <param name="most">How many are kept at most, of those within <paramref name="span"/> of the newest.</param>
/// <param name="span">How far back it should reach where <paramref name="most"/> allows it.</param>
internal sealed class RecentNumbers(int least, int most, long span)
{
    private long[]? _numbers;
    private int _next;
    private int _count;

    public bool IsEmpty => _count == 0;

    /// <summary>The newest that is not known any more; null while all are.</summary>
    public long? Forgotten { get; private set; }

    public void Add(long number)
    {
        _numbers ??= new long[least];
        if (_count == _numbers.Length)
        {
            if (_count < most && number - _numbers[_next] < span)
            {
                Grow();
            }
            else
            {
                Forgotten = _numbers[_next];
            }
        }

        _numbers[_next] = number;
        _next = (_next + 1) % _numbers.Length;
        _count = Math.Min(_count + 1, _numbers.Length);
    }

    public bool Contains(long number) => _numbers.AsSpan(0, _count).Contains(number);

    public void Clear() => (_next, _count, Forgotten) = (0, 0, null);

    /// <summary>Twice the room, the oldest first.</summary>
    private void Grow()
    {
        var numbers = new long[Math.Min(2 * _numbers!.Length, most)];
        _numbers.AsSpan(_next).CopyTo(numbers);
        _numbers.AsSpan(0, _next).CopyTo(numbers.AsSpan(_numbers.Length - _next));
        (_numbers, _next) = (numbers, _count);
    }
}
