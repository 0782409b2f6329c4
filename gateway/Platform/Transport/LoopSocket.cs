using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace YarpWs.Platform.Transport;

/// <summary>
/// A connected stream socket whose reads and writes wait in an <see cref="EventLoop"/>. One read and one write at a time; any thread may
/// begin them, and whatever had to wait goes on in the loop.
/// </summary>
internal sealed class LoopSocket : IDisposable
{
    private const int InProgress = 115;
    private const int KeepAliveSeconds = 10;
    private const SocketEvents Break = SocketEvents.HungUp | SocketEvents.Failed;
    private const SocketEvents End = SocketEvents.PeerClosed | Break;

    /// <summary>The states of <see cref="_state"/>: a batch of sends has its descriptor; it is closed; with a reset.</summary>
    private const int Held = 1;
    private const int Closed = 2;
    private const int Aborted = 4;

    private static readonly Action None = () => { };

    /// <summary>What has been reported since its last turn, as <see cref="SocketEvents"/>; <see cref="TurnQueue"/> says who may change it.</summary>
    public uint Reported;

    private readonly Receiver _receiver;
    private readonly Sender _sender;
    private Action? _ended;
    private Action? _broken;
    private int _state;

    /// <param name="socket">Connected, or about to be. Belongs to this from now on.</param>
    /// <param name="loop">Watches it from now on.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">The system watches no more sockets; this one is closed.</exception>
    /// <exception cref="ObjectDisposedException">The loop has ended, and the socket is closed.</exception>
    public LoopSocket(Socket socket, EventLoop loop)
    {
        Socket = socket;
        Loop = loop;
        _receiver = new Receiver(this);
        _sender = new Sender(this);
        try
        {
            loop.Watch(this);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public Socket Socket { get; }

    /// <summary>Watches it.</summary>
    public EventLoop Loop { get; private set; }

    /// <summary>The loop's own word for it.</summary>
    public ulong Key { get; set; }

    /// <summary>How many turns it has had. Belongs to <see cref="TurnQueue"/>.</summary>
    public uint Turns { get; set; }

    /// <summary>Which sockets it belongs together with, as a hash of what they have in common; null for none. A crowd of one party does not make others wait.</summary>
    public int? Party { get; set; }

    public bool IsClosed => (Volatile.Read(ref _state) & Closed) != 0;

    /// <summary>Connects to an address, or to a Unix socket.</summary>
    /// <exception cref="SocketException">Nobody answers there, or nobody listens; at a Unix socket also, that as many wait already as its server lets wait.</exception>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    public static async Task<LoopSocket> ConnectAsync(EndPoint address, EventLoop loop, Descriptors? descriptors, CancellationToken cancellation)
    {
        var connecting = new LoopSocket(Begin(address, descriptors), loop);
        try
        {
            await connecting._sender.WaitAsync(cancellation);
            var outcome = (SocketError)(int)connecting.Socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
            return outcome == SocketError.Success ? connecting : throw new SocketException((int)outcome);
        }
        catch
        {
            connecting.Dispose();
            throw;
        }
    }

    /// <summary>Calls this, once, as soon as the peer is seen to send nothing more, or to be gone: in the loop, or here when it was seen before.</summary>
    public void OnEnded(Action ended)
    {
        if (Interlocked.CompareExchange(ref _ended, ended, null) is not null)
        {
            ended();
        }
    }

    /// <summary>As <see cref="OnEnded"/>, but not while the peer has only ended its sending side: it may still read.</summary>
    public void OnBroken(Action broken)
    {
        if (Interlocked.CompareExchange(ref _broken, broken, null) is not null)
        {
            broken();
        }
    }

    /// <summary>Lets go of the callbacks of <see cref="OnEnded"/> and <see cref="OnBroken"/>.</summary>
    public void TellNobody()
    {
        LetGo(ref _ended);
        LetGo(ref _broken);
    }

    /// <summary>
    /// From now on a peer that says nothing is asked whether it is there. One that has ended its sending side and has gone is answered for by its system for
    /// about a minute, unless something is sent to it.
    /// </summary>
    public void KeepAlive()
    {
        try
        {
            Socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
            Socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveSeconds);
            Socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It has ended altogether meanwhile.
        }
    }

    /// <summary>
    /// Reads what is there, and waits when there is nothing. Nothing read means that the peer has ended; into an empty buffer, that something
    /// may be there.
    /// </summary>
    /// <exception cref="IOException">The connection has failed.</exception>
    /// <exception cref="ObjectDisposedException">It was closed here.</exception>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation) => _receiver.ReceiveAsync(buffer, cancellation);

    /// <summary>Whether something may have come that was not read, or the end: as far as the loop has seen, which may be behind by a round. Nobody may be reading.</summary>
    public bool HasNews => _receiver.HasNews;

    /// <summary>Whether nothing has come that was not read, and the peer has not ended, as the system says now. Nobody may be reading.</summary>
    public bool IsQuiet()
    {
        try
        {
            Socket.Receive(stackalloc byte[1], SocketFlags.Peek, out var error);
            return error == SocketError.WouldBlock;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Ends when the system has taken all of it.</summary>
    /// <exception cref="IOException">The connection has failed.</exception>
    /// <exception cref="ObjectDisposedException">It was closed here.</exception>
    public ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellation) => _sender.SendAsync(data, cancellation);

    /// <summary>What the loop has seen. Only the loop calls it.</summary>
    public void Report(SocketEvents events)
    {
        var hasEnded = (events & End) != 0;
        if (hasEnded)
        {
            _receiver.End();
        }

        if (hasEnded || (events & SocketEvents.Writable) != 0)
        {
            _sender.Signal();
        }

        if (hasEnded || (events & SocketEvents.Readable) != 0)
        {
            _receiver.Signal();
        }

        if (hasEnded)
        {
            Interlocked.Exchange(ref _ended, None)?.Invoke();
        }

        if ((events & Break) != 0)
        {
            Interlocked.Exchange(ref _broken, None)?.Invoke();
        }
    }

    /// <summary>
    /// Goes over to the loop of another socket, with which it exchanges what it reads: one wait then serves both. Nobody may be reading or
    /// writing.
    /// </summary>
    public void Join(LoopSocket other) => MoveTo(other.Loop);

    /// <summary>Goes over to another loop. Nobody may be reading or writing.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The system watches no more sockets there, and this one nowhere any more.</exception>
    public void MoveTo(EventLoop loop)
    {
        if (Loop != loop)
        {
            var before = Loop;
            Loop = loop;
            before.Pass(this, loop);
        }
    }

    /// <summary>
    /// Sends nothing more: the peer reads what was written, then the end (RFC 9293, section 3.6), and is still read from. Does nothing once it is closed.
    /// </summary>
    public void ShutdownSend()
    {
        try
        {
            Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The peer was faster, or it was closed here.
        }
    }

    /// <summary>
    /// Keeps its descriptor until <see cref="Release"/>, also when it is closed meanwhile: then it is the release that closes it. False when it is closed already. Only for who writes,
    /// and may: so there is one at a time.
    /// </summary>
    public bool TryHold() => Interlocked.CompareExchange(ref _state, Held, 0) == 0;

    /// <summary>Ends <see cref="TryHold"/>.</summary>
    public void Release()
    {
        var before = Interlocked.And(ref _state, ~Held);
        if ((before & Closed) != 0)
        {
            CloseDescriptor((before & Aborted) != 0);
        }
    }

    /// <summary>Closes it in order: what was written goes out, then the end. What still waits here fails, in the loop.</summary>
    public void Dispose() => Close(isAbortive: false);

    /// <summary>Closes it at once; the peer is told by a reset (RFC 9293, section 3.10.5).</summary>
    public void Abort() => Close(isAbortive: true);

    /// <summary>Begins a connect(2). <see cref="Socket.ConnectAsync(EndPoint)"/> would have the platform's own loop watch the socket too, as long as it is open.</summary>
    private static Socket Begin(EndPoint address, Descriptors? descriptors)
    {
        var socket = address.AddressFamily == AddressFamily.Unix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false }
            : new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, Blocking = false };
        descriptors?.TakeForDestination(socket);
        var target = address.Serialize();
        if (Connect(socket.SafeHandle, target.Buffer.Span[0], target.Size) < 0 && Marshal.GetLastPInvokeError() is not InProgress and var error)
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.NotConnected, Marshal.GetPInvokeErrorMessage(error));
        }

        return socket;
    }

    private void Close(bool isAbortive)
    {
        var before = Interlocked.Or(ref _state, isAbortive ? Closed | Aborted : Closed);
        if ((before & Closed) != 0)
        {
            return;
        }

        Loop.Forget(this);
        if ((before & Held) == 0)
        {
            CloseDescriptor(isAbortive);
        }
    }

    private void CloseDescriptor(bool isAbortive)
    {
        if (isAbortive)
        {
            Socket.Close(timeout: 0);
        }
        else
        {
            Shutdown();
            Socket.Dispose();
        }

        // Not here: what goes on then may be anything, and the caller may hold a lock.
        Loop.Post(_receiver);
        Loop.Post(_sender);
    }

    private static void LetGo(ref Action? told)
    {
        if (Volatile.Read(ref told) is { } callback && !ReferenceEquals(callback, None))
        {
            Interlocked.CompareExchange(ref told, null, callback);
        }
    }

    private void Shutdown()
    {
        try
        {
            Socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The peer was faster.
        }
    }

    [DllImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static extern int Connect(SafeSocketHandle socket, in byte address, int size);
}
