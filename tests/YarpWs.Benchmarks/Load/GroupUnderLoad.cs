namespace YarpWs.Benchmarks.Load;

/// <summary>One group of a load: what was published to it, and how many members have heard it.</summary>
internal sealed class GroupUnderLoad(int members, NumberedMessage message)
{
    private readonly List<(long Since, int Left)> _open = [];
    private long _published;
    private long _firstOpen;

    public int MessageBytes => message.Length;

    /// <summary>Whether every member has heard everything.</summary>
    public bool IsQuiet => _open.Count == 0;

    /// <param name="publisher">The member that sends.</param>
    /// <param name="since">When the latency of its deliveries begins.</param>
    public void Publish(WireSocket publisher, long since)
    {
        publisher.Send(message.Write(_published++));
        _open.Add((since, members));
    }

    /// <summary>A member has heard the message with this number, which every member hears once and in order.</summary>
    public void Heard(long number, ReadOnlySpan<byte> text, LatencyHistogram latency, long now)
    {
        message.Check(number, text);
        var index = (int)(number - _firstOpen);
        if (index >= _open.Count)
        {
            throw new WrongAnswerException($"Message {number} came before it was sent.");
        }

        var (since, left) = _open[index];
        latency.Record(now - since);
        _open[index] = (since, left - 1);
        while (_open is [{ Left: 0 }, ..])
        {
            _open.RemoveAt(0);
            _firstOpen++;
        }
    }
}
