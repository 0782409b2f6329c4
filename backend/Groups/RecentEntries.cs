namespace YarpWs.Backend.Groups;

/// <summary>The newest entries of a log, by their positions, which rise, and by their messages. Costs nothing before the first one. Not for several threads.</summary>
/// <param name="least">How many are kept.</param>
/// <param name="most">How many are kept at most, of those within <paramref name="span"/> of the newest.</param>
/// <param name="span">How far back it should reach where <paramref name="most"/> allows it, in positions.</param>
internal sealed class RecentEntries(int least, int most, long span)
{
    private long[]? _positions;
    private long[]? _messages;
    private int _next;
    private int _count;

    public bool IsEmpty => _count == 0;

    /// <summary>The newest position that is not known any more; null while all are.</summary>
    public long? Forgotten { get; private set; }

    public void Add(long position, long message)
    {
        _positions ??= new long[least];
        _messages ??= new long[least];
        if (_count == _positions.Length)
        {
            if (_count < most && position - _positions[_next] < span)
            {
                var size = Math.Min(2 * _count, most);
                _positions = Grown(_positions, size);
                _messages = Grown(_messages, size);
                _next = _count;
            }
            else
            {
                Forgotten = _positions[_next];
            }
        }

        (_positions[_next], _messages[_next]) = (position, message);
        _next = (_next + 1) % _positions.Length;
        _count = Math.Min(_count + 1, _positions.Length);
    }

    public bool Contains(long position) => _positions.AsSpan(0, _count).Contains(position);

    public bool ContainsMessage(long message) => _messages.AsSpan(0, _count).Contains(message);

    /// <summary>Knows none from now on; what comes then is told apart from what was before by its position.</summary>
    public void Clear() => (_next, _count, Forgotten) = (0, 0, null);

    /// <summary>The same numbers in more room, the oldest first.</summary>
    private long[] Grown(long[] numbers, int size)
    {
        var grown = new long[size];
        numbers.AsSpan(_next).CopyTo(grown);
        numbers.AsSpan(0, _next).CopyTo(grown.AsSpan(numbers.Length - _next));
        return grown;
    }
}
