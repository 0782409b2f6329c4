using System.Buffers;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Forwarding.Http1;

/// <summary>
/// A connection to a destination over plain HTTP/1.1, for one request after the other. A request has it alone, until its answer is read to the end: then it goes back to
/// where it is kept, or is closed where anything of that went otherwise.
/// </summary>
/// <remarks>
/// Everything but <see cref="Close"/>, which any thread may call, is for the one request that has it. The buffer is there while bytes are.
/// </remarks>
internal sealed class DestinationConnection
{
    /// <summary>A head and a small body together.</summary>
    private const int BufferBytes = 8 << 10;

    /// <summary>For a body of which more is to come than fits into the smaller one.</summary>
    private const int LargeBufferBytes = 64 << 10;

    private readonly LoopSocket _socket;
    private readonly SilenceDeadline _deadline;
    private ConnectionShelf _shelf;
    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private volatile bool _hasEnded;
    private int _isClosed;

    /// <param name="socket">Closed with this.</param>
    /// <param name="shelf">Keeps it between two requests.</param>
    /// <param name="maxHeadBytes">Most bytes that the head of an answer may have, and its trailers.</param>
    /// <param name="time">Measures how old it is, and how long the destination is silent.</param>
    public DestinationConnection(LoopSocket socket, ConnectionShelf shelf, int maxHeadBytes, TimeProvider time)
    {
        (_socket, _shelf, OpenedAt) = (socket, shelf, time.GetTimestamp());
        Head = new AnswerHead(maxHeadBytes);
        Body = new AnswerBody(this, maxHeadBytes);
        _deadline = new SilenceDeadline(time, Close);
        socket.OnEnded(Ended);
    }

    /// <summary>When it was made, by the shelf's clock.</summary>
    public long OpenedAt { get; }

    /// <summary>When it was last kept, by the same clock. Belongs to the shelf.</summary>
    public long KeptAt { get; set; }

    /// <summary>Whether another request has had it before.</summary>
    public bool WasKept { get; set; }

    /// <summary>Whether anything of the answer has come.</summary>
    public bool HasAnswerBegun { get; private set; }

    /// <summary>Whether the destination let its time pass, for which the connection was closed.</summary>
    public bool IsLate => _deadline.HasPassed;

    /// <summary>The head of the answer that is read now, or was last.</summary>
    public AnswerHead Head { get; }

    /// <summary>The body behind it.</summary>
    public AnswerBody Body { get; }

    /// <summary>What was read ahead. It is there until more is read, or the answer ends.</summary>
    public Memory<byte> Unread => _buffer.AsMemory(_start, _end - _start);

    /// <summary>
    /// Whether nothing has come while it was kept, neither bytes that belong to no answer nor the end, as far as the loop has seen, or as the system says now. A loop may
    /// be behind by a round.
    /// </summary>
    public bool IsUsable(bool asksSystem) => !_hasEnded && !_socket.IsClosed && (asksSystem || _socket.HasNews ? _socket.IsQuiet() : true);

    /// <summary>Goes over to the loop of another shelf. Nobody may be reading or writing. False when it could not, and is closed.</summary>
    public bool TryMoveTo(ConnectionShelf shelf)
    {
        try
        {
            _socket.MoveTo(shelf.Loop);
            _shelf = shelf;
            return true;
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or ObjectDisposedException)
        {
            Close();
            return false;
        }
    }

    /// <summary>It is a request's from now on.</summary>
    /// <param name="isHead">Whether that is a HEAD.</param>
    public void Begin(bool isHead)
    {
        HasAnswerBegun = false;
        Head.Begin(isHead);
    }

    /// <summary>From now on the destination may be silent for so long, until <see cref="EndWait"/>; then the connection is closed.</summary>
    public void BeginWait(TimeSpan timeout) => _deadline.Begin(timeout);

    /// <summary>What was waited for has come.</summary>
    /// <exception cref="ObjectDisposedException">Too late.</exception>
    public void EndWait() => ObjectDisposedException.ThrowIf(!_deadline.End(), this);

    public ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellation) => _socket.SendAsync(data, cancellation);

    /// <summary>Ends when something may have come. A destination may take its time, and a buffer is for what is there.</summary>
    public ValueTask<int> WaitAsync(CancellationToken cancellation)
    {
        if (_start == _end && !_socket.HasNews)
        {
            FreeBuffer();
        }

        return _socket.ReceiveAsync(Memory<byte>.Empty, cancellation);
    }

    /// <summary>Reads more behind what is unread. <see cref="Received"/> has to follow.</summary>
    /// <param name="wanted">How many bytes are known to come.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public ValueTask<int> ReceiveAsync(long wanted, CancellationToken cancellation)
    {
        MakeRoom(wanted > BufferBytes ? LargeBufferBytes : BufferBytes);
        return _socket.ReceiveAsync(_buffer.AsMemory(_end), cancellation);
    }

    /// <summary>So much has come; nothing means that the destination has ended.</summary>
    public void Received(int count)
    {
        _end += count;
        HasAnswerBegun |= count > 0;
    }

    /// <summary>Reads of the head what has come. Returns whether that was the rest of it.</summary>
    /// <exception cref="HttpIOException">It is invalid, or too long.</exception>
    public bool TryReadHead()
    {
        var at = 0;
        var isWhole = Head.Read(Unread.Span, ref at);
        Take(at);
        if (isWhole)
        {
            Body.Begin(Head);
        }

        return isWhole;
    }

    /// <summary>So much of <see cref="Unread"/> is done with.</summary>
    public void Take(int count) => _start += count;

    /// <summary>
    /// The answer is over: the connection is kept for the next one, or closed where that is not to be, or the answer was not read to its end. The request touches nothing
    /// here any more.
    /// </summary>
    /// <returns>What the last bytes of the body stand in, for the caller to give back to the shared pool when it is done with them; null for nothing.</returns>
    public byte[]? EndAnswer()
    {
        // What comes behind an answer belongs to none.
        var isKept = Body.IsEnded && Head.KeepsConnection && _start == _end;
        var buffer = _buffer.Length > 0 ? _buffer : null;
        (_buffer, _start, _end) = ([], 0, 0);
        Head.Forget();
        if (isKept)
        {
            _shelf.Keep(this);
        }
        else
        {
            Close();
        }

        return buffer;
    }

    /// <summary>Closes it before its answer has a head. The request touches nothing here any more but what became of it.</summary>
    public void GiveUp()
    {
        Close();
        FreeBuffer();
        Head.Forget();
    }

    /// <summary>Closes it now, as often as one likes. Who waits for it is told by a failure.</summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            _socket.Dispose();
            _deadline.Stop();
            _shelf.Closed(this);
        }
    }

    private void MakeRoom(int bytes)
    {
        if (_start == _end)
        {
            (_start, _end) = (0, 0);
            if (_buffer.Length < bytes)
            {
                FreeBuffer();
                _buffer = ArrayPool<byte>.Shared.Rent(bytes);
            }
        }
        else if (_end == _buffer.Length)
        {
            // What is unread is a part of one line, and whoever reads lines bounds them.
            var roomier = _start > 0 ? _buffer : ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            Unread.Span.CopyTo(roomier);
            if (roomier != _buffer)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
                _buffer = roomier;
            }

            (_start, _end) = (0, _end - _start);
        }
    }

    private void FreeBuffer()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            (_buffer, _start, _end) = ([], 0, 0);
        }
    }

    private void Ended()
    {
        _hasEnded = true;
        _shelf.Drop(this);
    }
}
