namespace YarpWs.Platform.Transport;

/// <summary>
/// The sockets of a loop that wait for their turn, in the order in which they came. A socket stands in it once, however often it is reported meanwhile: what has
/// been reported is kept with it. Only the loop's thread calls it, so that no lock is taken.
/// </summary>
/// <remarks>
/// It is linked through <see cref="LoopSocket.NextInTurn"/>. Whichever loop takes <see cref="LoopSocket.Reported"/> from none to some has linked the socket, and may
/// use the link until it takes them back; so a socket that goes over to another loop while it waits is in one queue only.
/// </remarks>
internal sealed class TurnQueue
{
    private LoopSocket? _first;
    private LoopSocket? _last;

    public bool IsEmpty => _first is null;

    /// <summary>Puts a socket behind all others, unless it waits already.</summary>
    public void Add(LoopSocket socket, SocketEvents events)
    {
        if (Interlocked.Or(ref socket.Reported, (uint)events) != 0)
        {
            return;
        }

        if (_last is null)
        {
            _first = socket;
        }
        else
        {
            _last.NextInTurn = socket;
        }

        _last = socket;
    }

    /// <summary>The socket that has waited longest, and what was reported of it. Only when there is one.</summary>
    public LoopSocket Take(out SocketEvents events)
    {
        var socket = _first!;
        _first = socket.NextInTurn;
        if (_first is null)
        {
            _last = null;
        }

        socket.NextInTurn = null;
        events = (SocketEvents)Interlocked.Exchange(ref socket.Reported, 0);
        return socket;
    }
}
