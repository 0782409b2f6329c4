using System.Diagnostics;
using System.Net;
using YarpWs.Benchmarks.Peers;

namespace YarpWs.Benchmarks.Load;

/// <summary>A large group in which somebody says something at a rate, on a thread of its own. What its members hear is counted, and not looked at.</summary>
internal sealed class Crowd : IDisposable
{
    private readonly Epoll _epoll = new();
    private readonly WireSocket[] _members;
    private readonly byte[] _message = Frames.FromClient(Opcode.Text, "{\"message\":\"what everybody in the large group hears\"}"u8);
    private readonly Thread _thread;
    private double _perSecond;
    private bool _isOver;
    private long _heard;

    public Crowd(IPEndPoint server, IGroupDialect dialect, int members)
    {
        _members = [.. Enumerable.Range(0, members).Select(member => WireSocket.OpenWebSocket(server, dialect.Handshake(server, "large", member), 512))];
        for (var i = 0; i < members; i++)
        {
            _epoll.Watch(_members[i].Socket, i);
        }

        _thread = new Thread(Run) { IsBackground = true, Name = "crowd" };
        _thread.Start();
    }

    /// <summary>Messages to the whole group; 0 for silence.</summary>
    public double PerSecond
    {
        get => Volatile.Read(ref _perSecond);
        set => Volatile.Write(ref _perSecond, value);
    }

    /// <summary>Deliveries until now, roughly: by bytes.</summary>
    public long HeardBytes => Volatile.Read(ref _heard);

    public void Dispose()
    {
        Volatile.Write(ref _isOver, true);
        _thread.Join();
        foreach (var member in _members)
        {
            member.Dispose();
        }

        _epoll.Dispose();
    }

    private void Run()
    {
        var ready = new int[512];
        var last = Stopwatch.GetTimestamp();
        while (!Volatile.Read(ref _isOver))
        {
            foreach (var index in ready.AsSpan(0, _epoll.Wait(ready, TimeSpan.FromMilliseconds(5))))
            {
                var member = _members[index];
                member.Receive();
                Volatile.Write(ref _heard, _heard + member.Unread.Length);
                member.Take(member.Unread.Length);
            }

            if (PerSecond is > 0 and var rate && Stopwatch.GetElapsedTime(last).TotalSeconds >= 1 / rate)
            {
                last = Stopwatch.GetTimestamp();
                _members[0].Send(_message);
            }
        }
    }
}
