namespace YarpWs.Platform.Transport;

/// <summary>
/// The sockets of a loop that wait for their turn. A socket stands in it once, however often it is reported meanwhile: what has been reported is kept with it.
/// Only the loop's thread calls it, so that no lock is taken.
/// </summary>
/// <remarks>
/// While few wait, the order is that in which they came. In a crowd every second turn goes round among lines instead, one for each party
/// (<see cref="LoopSocket.Party"/>): when thousands of sockets of one party become ready at once, those of another one do not wait for all of them, and no party, however
/// many there are, has more than half of the turns for that.
/// Whichever loop takes <see cref="LoopSocket.Reported"/> from none to some has queued the socket, until it takes them back; so a socket that goes over to another
/// loop while it waits is in one queue only. A socket that stands in both orders is taken from one, and its entry in the other is known as old by its number.
/// </remarks>
internal sealed class TurnQueue
{
    /// <summary>So many parties are told apart; two that fall into one line by chance share it (stochastic fairness queueing, McKenney 1990).</summary>
    private const int Lines = 256;

    /// <summary>Up to here nobody waits for longer than a fraction of a turn, and one order is enough.</summary>
    private const int Crowd = 16;

    private readonly Queue<Entry> _all = new();
    private readonly Queue<Entry>?[] _lines = new Queue<Entry>?[Lines];
    private readonly Queue<int> _lineOrder = new();
    private int _count;
    private bool _isTurnOfLines;

    public bool IsEmpty => _count == 0;

    /// <summary>Puts a socket behind all others, unless it waits already.</summary>
    public void Add(LoopSocket socket, SocketEvents events)
    {
        if (Interlocked.Or(ref socket.Reported, (uint)events) != 0)
        {
            return;
        }

        var entry = new Entry(socket, socket.Turns);
        _all.Enqueue(entry);
        if (++_count > Crowd && socket.Party is { } party)
        {
            var number = (int)((uint)party % Lines);
            var line = _lines[number] ??= new Queue<Entry>();
            line.Enqueue(entry);
            if (line.Count == 1)
            {
                _lineOrder.Enqueue(number);
            }
        }
    }

    /// <summary>The socket whose turn it is, and what was reported of it. Only when there is one.</summary>
    public LoopSocket Take(out SocketEvents events)
    {
        _isTurnOfLines = !_isTurnOfLines;
        var socket = (_isTurnOfLines ? TakeFromLines() : null) ?? TakeOldest();
        socket.Turns++;
        _count--;
        events = (SocketEvents)Interlocked.Exchange(ref socket.Reported, 0);
        return socket;
    }

    private LoopSocket TakeOldest()
    {
        while (true)
        {
            if (_all.Dequeue() is { IsOld: false } entry)
            {
                return entry.Socket;
            }
        }
    }

    /// <summary>The first of the next line; null when nobody stands in any.</summary>
    private LoopSocket? TakeFromLines()
    {
        while (_lineOrder.TryDequeue(out var number))
        {
            var line = _lines[number]!;
            LoopSocket? socket = null;
            while (socket is null && line.TryDequeue(out var entry))
            {
                socket = entry.IsOld ? null : entry.Socket;
            }

            if (line.Count > 0)
            {
                _lineOrder.Enqueue(number);
            }

            if (socket is not null)
            {
                return socket;
            }
        }

        return null;
    }

    /// <param name="Socket">Who waits.</param>
    /// <param name="Turn">The number of the turn that it waits for.</param>
    private readonly record struct Entry(LoopSocket Socket, uint Turn)
    {
        /// <summary>Whether it has had that turn already.</summary>
        public bool IsOld => Socket.Turns != Turn;
    }
}
