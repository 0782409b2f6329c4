using System.Buffers.Binary;
using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace YarpWs.Benchmarks.Load;

/// <summary>
/// Tells which of many sockets can be read, from one thread (epoll(7), level-triggered). The platform's own asynchronous sockets do this
/// with several threads that would take their time from the server under test, on the same machine.
/// </summary>
internal sealed class Epoll : IDisposable
{
    private const int Add = 1;
    private const int Remove = 2;
    private const int Modify = 3;
    private const uint Readable = 1;
    private const uint Writable = 4;
    private const int Interrupted = 4;
    private const int MaxEvents = 512;

    /// <summary>struct epoll_event is packed on x86-64 alone; its data stands behind the events, or behind padding.</summary>
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventSize = DataOffset + 8;

    private readonly int _handle = Check(Create(0));
    private readonly byte[] _events = new byte[MaxEvents * EventSize];

    /// <param name="socket">Watched until it is closed, or removed.</param>
    /// <param name="key">What <see cref="Wait"/> tells of it.</param>
    public void Watch(Socket socket, int key) => Control(Add, socket, key, Readable);

    /// <summary>Has <see cref="Wait"/> tell also when the socket takes bytes again, or not any more.</summary>
    public void WatchWrites(Socket socket, int key, bool areWanted) => Control(Modify, socket, key, areWanted ? Readable | Writable : Readable);

    public void Forget(Socket socket) => Check(Control(_handle, Remove, (int)socket.Handle, new byte[EventSize]));

    /// <summary>Waits until a socket can be read or has ended, and gives the keys of those. None when the time is over.</summary>
    public int Wait(Span<int> keys, TimeSpan timeout)
    {
        Span<long> time = [(long)timeout.TotalSeconds, timeout.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick];
        var count = WaitFor(_handle, _events, Math.Min(keys.Length, MaxEvents), ref time[0], 0);
        if (count < 0 && Marshal.GetLastPInvokeError() == Interrupted)
        {
            return 0;
        }

        for (var i = 0; i < Check(count); i++)
        {
            keys[i] = BinaryPrimitives.ReadInt32LittleEndian(_events.AsSpan((i * EventSize) + DataOffset));
        }

        return count;
    }

    public void Dispose() => Check(Close(_handle));

    private void Control(int operation, Socket socket, int key, uint events)
    {
        var wanted = new byte[EventSize];
        BinaryPrimitives.WriteUInt32LittleEndian(wanted, events);
        BinaryPrimitives.WriteInt32LittleEndian(wanted.AsSpan(DataOffset), key);
        Check(Control(_handle, operation, (int)socket.Handle, wanted));
    }

    private static int Check(int result) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError());

    [DllImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static extern int Create(int flags);

    [DllImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static extern int Control(int handle, int operation, int descriptor, byte[] wanted);

    /// <summary>epoll_pwait2(2): the one that takes nanoseconds.</summary>
    [DllImport("libc", EntryPoint = "epoll_pwait2", SetLastError = true)]
    private static extern int WaitFor(int handle, byte[] events, int maximum, ref long timeout, nint signals);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int Close(int descriptor);
}
