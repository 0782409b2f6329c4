using System.Net.Sockets;

namespace YarpWs.Benchmarks.Load;

/// <summary>
/// Connections that send without end and take whatever comes back, on a thread of their own: what a client does who wants all of a server's time.
/// </summary>
internal sealed class Flood : IFlood
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(1);

    private readonly Epoll _epoll = new();
    private readonly Func<WireSocket> _open;
    private readonly WireSocket[] _connections;
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly int[] _sent;
    private readonly Thread _thread;
    private volatile bool _isOver;
    private long _received;

    /// <param name="connections">How many.</param>
    /// <param name="open">Opens one; again when the server has closed it, as some do after so many requests.</param>
    /// <param name="unit">One request, or one frame.</param>
    public Flood(int connections, Func<WireSocket> open, ReadOnlySpan<byte> unit)
    {
        _open = open;
        _connections = [.. Enumerable.Range(0, connections).Select(_ => open())];
        _sent = new int[_connections.Length];

        // As many whole units as fit into what a client may write at once.
        var bytes = new byte[Math.Max(1, (256 << 10) / unit.Length) * unit.Length];
        for (var at = 0; at < bytes.Length; at += unit.Length)
        {
            unit.CopyTo(bytes.AsSpan(at));
        }

        _bytes = bytes;
        for (var i = 0; i < _connections.Length; i++)
        {
            _epoll.Watch(_connections[i].Socket, i);
        }

        _thread = new Thread(Run) { IsBackground = true, Name = "flood" };
        _thread.Start();
    }

    /// <summary>Bytes that have come back.</summary>
    public long Served => Volatile.Read(ref _received);

    public void Dispose()
    {
        _isOver = true;
        _thread.Join();
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }

        _epoll.Dispose();
    }

    private void Run()
    {
        var ready = new int[64];
        while (!_isOver)
        {
            foreach (var index in ready.AsSpan(0, _epoll.Wait(ready, Step)))
            {
                if (!TryTake(_connections[index]))
                {
                    Reopen(index);
                }
            }

            for (var i = 0; i < _connections.Length; i++)
            {
                Send(i);
            }
        }
    }

    /// <summary>As much as the system takes now; the rest of a unit follows with the next try. That a connection has ended is found by who reads.</summary>
    private void Send(int index)
    {
        var sent = _connections[index].Socket.Send(_bytes.Span[_sent[index]..], SocketFlags.None, out _);
        _sent[index] = (_sent[index] + Math.Max(sent, 0)) % _bytes.Length;
    }

    /// <summary>False when the server has ended the connection.</summary>
    private bool TryTake(WireSocket connection)
    {
        try
        {
            if (connection.Receive())
            {
                Volatile.Write(ref _received, _received + connection.Unread.Length);
                connection.Take(connection.Unread.Length);
            }

            return !connection.HasEnded;
        }
        catch (WrongAnswerException)
        {
            return false;
        }
    }

    private void Reopen(int index)
    {
        _connections[index].Dispose();
        _connections[index] = _open();
        _sent[index] = 0;
        _epoll.Watch(_connections[index].Socket, index);
    }
}
