using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace YarpWs.Platform.Transport;

/// <summary>
/// Measures how long what is readable waits in one event loop: a socket that is watched like all others, into which a byte is written now and
/// then. One byte is under way at a time, so a loop that is behind costs no more than one that is not.
/// </summary>
internal sealed class DelayProbe : IDisposable
{
    private const int AddressFamilyUnix = 1;
    private const int StreamCloseOnExec = 1 | 0x80000;

    private static readonly byte[] Beat = [0];

    private readonly TimeProvider _time;
    private readonly Socket _near;
    private readonly LoopSocket _far;
    private readonly byte[] _buffer = new byte[1];
    private long _sentAt = Nothing;
    private long _last;

    private const long Nothing = long.MinValue;

    /// <exception cref="Win32Exception">The system has no descriptor left.</exception>
    public DelayProbe(EventLoop loop, TimeProvider time)
    {
        _time = time;
        var pair = new int[2];
        if (SocketPair(AddressFamilyUnix, StreamCloseOnExec, 0, pair) < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        _near = new Socket(new SafeSocketHandle(pair[0], ownsHandle: true));
        var far = new Socket(new SafeSocketHandle(pair[1], ownsHandle: true)) { Blocking = false };
        _far = new LoopSocket(far, loop);
        loop.Start(ReceiveAsync);
    }

    /// <summary>How long a byte has waited: the one under way so far, else the last. Only the one who sends may ask.</summary>
    public TimeSpan Delay => Volatile.Read(ref _sentAt) is not Nothing and var sentAt ? _time.GetElapsedTime(sentAt) : TimeSpan.FromTicks(Volatile.Read(ref _last));

    /// <summary>Sends the next byte unless one is under way.</summary>
    public void Send()
    {
        if (Volatile.Read(ref _sentAt) == Nothing)
        {
            Volatile.Write(ref _sentAt, _time.GetTimestamp());
            _near.Send(Beat);
        }
    }

    public void Dispose()
    {
        _far.Dispose();
        _near.Dispose();
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (await _far.ReceiveAsync(_buffer, CancellationToken.None) > 0)
            {
                Volatile.Write(ref _last, _time.GetElapsedTime(Volatile.Read(ref _sentAt)).Ticks);
                Volatile.Write(ref _sentAt, Nothing);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // Disposed of, or the loop has ended.
        }
    }

    [DllImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    private static extern int SocketPair(int domain, int type, int protocol, [Out] int[] pair);
}
