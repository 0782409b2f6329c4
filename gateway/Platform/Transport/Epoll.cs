using System.Buffers.Binary;
using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace YarpWs.Platform.Transport;

/// <summary>
/// Tells which of many sockets have become ready, edge-triggered (epoll(7)): one report for each change, none for a state that lasts.
/// One thread waits; any thread may watch and wake.
/// </summary>
internal sealed class Epoll : IDisposable
{
    private const int Add = 1;
    private const int Remove = 2;
    private const uint EdgeTriggered = 1u << 31;
    private const int Interrupted = 4;

    /// <summary>EPOLL_CLOEXEC, and EFD_CLOEXEC, which is the same: a program that this process starts must not hold them open.</summary>
    private const int CloseOnExec = 0x80000;

    private const int MaxEvents = 256;
    private const ulong WakeKey = ulong.MaxValue;

    /// <summary>struct epoll_event is packed on x86-64 alone; its data stands behind the events, or behind padding.</summary>
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventSize = DataOffset + 8;

    private readonly SafeFileHandle _handle = Check(Create(CloseOnExec));
    private readonly SafeFileHandle _wake = Check(CreateEvent(0, CloseOnExec));
    private readonly byte[] _events = new byte[MaxEvents * EventSize];

    public Epoll() => Check(Control(_handle, Add, _wake.DangerousGetHandle(), Wanted(SocketEvents.Readable, WakeKey)));

    /// <param name="socket">Watched in both directions until it is closed.</param>
    /// <param name="key">What <see cref="Wait"/> tells of it.</param>
    /// <exception cref="Win32Exception">The system watches no more sockets.</exception>
    public void Watch(Socket socket, ulong key) =>
        Check(Control(_handle, Add, socket.SafeHandle.DangerousGetHandle(), Wanted(SocketEvents.Readable | SocketEvents.Writable | SocketEvents.PeerClosed, key)));

    /// <summary>An open socket is not watched here any more. A report that is on its way may still come.</summary>
    public void Forget(Socket socket) => Check(Control(_handle, Remove, socket.SafeHandle.DangerousGetHandle(), Wanted(SocketEvents.None, 0)));

    /// <summary>Waits until a socket becomes ready, or until <see cref="Wake"/>. Returns how many reports <see cref="Report"/> has.</summary>
    /// <param name="isPatient">Whether to wait at all.</param>
    public int Wait(bool isPatient)
    {
        var count = WaitFor(_handle, _events, MaxEvents, isPatient ? -1 : 0);
        return count < 0 && Marshal.GetLastPInvokeError() == Interrupted ? 0 : Check(count);
    }

    /// <summary>One of the reports of the last <see cref="Wait"/>. False when it is only a <see cref="Wake"/>.</summary>
    public bool Report(int index, out ulong key, out SocketEvents events)
    {
        var report = _events.AsSpan(index * EventSize, EventSize);
        events = (SocketEvents)BinaryPrimitives.ReadUInt32LittleEndian(report);
        key = BinaryPrimitives.ReadUInt64LittleEndian(report[DataOffset..]);
        return key != WakeKey;
    }

    /// <summary>Ends the wait under way, or the next one. False when this is disposed, and nothing waits any more. The counter behind it is never read: each write is an edge.</summary>
    public bool Wake()
    {
        Span<ulong> one = [1];
        try
        {
            Check((int)Write(_wake, ref one[0], sizeof(ulong)));
            return true;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _wake.Dispose();
        _handle.Dispose();
    }

    private static byte[] Wanted(SocketEvents events, ulong key)
    {
        var wanted = new byte[EventSize];
        BinaryPrimitives.WriteUInt32LittleEndian(wanted, (uint)events | EdgeTriggered);
        BinaryPrimitives.WriteUInt64LittleEndian(wanted.AsSpan(DataOffset), key);
        return wanted;
    }

    private static SafeFileHandle Check(SafeFileHandle handle) => handle.IsInvalid ? throw new Win32Exception(Marshal.GetLastPInvokeError()) : handle;

    private static int Check(int result) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError());

    [DllImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static extern SafeFileHandle Create(int flags);

    [DllImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static extern SafeFileHandle CreateEvent(uint initial, int flags);

    [DllImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static extern int Control(SafeFileHandle handle, int operation, nint descriptor, byte[] wanted);

    [DllImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static extern int WaitFor(SafeFileHandle handle, byte[] events, int maximum, int timeout);

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    private static extern nint Write(SafeFileHandle handle, ref ulong value, nint count);
}

/// <summary>What has changed about a socket, in the numbers of epoll_ctl(2).</summary>
[Flags]
internal enum SocketEvents : uint
{
    None = 0,
    Readable = 0x1,
    Writable = 0x4,
    Failed = 0x8,
    HungUp = 0x10,

    /// <summary>The peer sends nothing more; what it has sent may still wait to be read.</summary>
    PeerClosed = 0x2000,
}
