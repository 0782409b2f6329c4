using System.Buffers;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Forwarding.Http1;

/// <summary>
/// A connection to a destination over plain HTTP/1.1, for one request after the other. A request has it alone, until its answer is read to the end and its body is
/// sent: then it goes back to where it is kept, or is closed where anything of that went otherwise.
/// </summary>
/// <remarks>
/// One reads and one writes at a time. The buffer belongs to the one who reads, and is there while bytes are. <see cref="Close"/> may be called by any thread.
/// </remarks>
internal sealed class DestinationConnection : IUploadConnection
{
    /// <summary>A head and a small body together.</summary>
    private const int BufferBytes = 8 << 10;

    private readonly LoopSocket _socket;
    private readonly FirstByteDeadline _deadline;
    private ConnectionShelf _shelf;
    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private int _parts;
    private bool _isKeptByHead;
    private bool _closesWithAnswer;
    private volatile bool _isSpoiled;
    private volatile bool _hasEnded;
    private int _isClosed;

    /// <param name="socket">Closed with this.</param>
    /// <param name="shelf">Keeps it between two requests.</param>
    /// <param name="firstByteTimeout">How long the destination may take to begin an answer.</param>
    /// <param name="time">Measures it.</param>
    public DestinationConnection(LoopSocket socket, ConnectionShelf shelf, TimeSpan firstByteTimeout, TimeProvider time)
    {
        (_socket, _shelf, OpenedAt) = (socket, shelf, time.GetTimestamp());
        _deadline = new FirstByteDeadline(firstByteTimeout, time, Close);
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

    /// <summary>What was read ahead. Only for who reads.</summary>
    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

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
    /// <param name="hasUpload">Whether the request has a body, so that two have to end.</param>
    public void Begin(bool hasUpload)
    {
        _parts = hasUpload ? 2 : 1;
        HasAnswerBegun = false;
        _closesWithAnswer = false;
    }

    public ValueTask SendAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellation) => _socket.SendAsync(piece, cancellation);

    /// <summary>Reads the head of the answer.</summary>
    /// <param name="head">Reads its lines.</param>
    /// <param name="isTimed">Whether the destination has no more than its time for it.</param>
    /// <param name="cancellation">Ends the wait. The connection cannot be used then.</param>
    /// <exception cref="HttpIOException">The answer is invalid, or the connection ended before it.</exception>
    /// <exception cref="IOException">The connection has failed.</exception>
    /// <exception cref="ObjectDisposedException">It was closed here.</exception>
    public async ValueTask ReadHeadAsync(AnswerHead head, bool isTimed, CancellationToken cancellation)
    {
        if (isTimed)
        {
            _deadline.Begin();
        }

        do
        {
            if (await FillAsync(cancellation) == 0)
            {
                throw new HttpIOException(HttpRequestError.ResponseEnded, "The destination closed the connection before its answer.");
            }

            HasAnswerBegun = true;
        }
        while (!Read(head));
        ObjectDisposedException.ThrowIf(!_deadline.End(), this);
        _isKeptByHead = head.KeepsConnection;
        _closesWithAnswer = head.SaysClose;
    }

    /// <summary>So much of <see cref="Unread"/> is done with.</summary>
    public void Take(int count) => _start += count;

    /// <summary>Ends when something may have come.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellation) => await _socket.ReceiveAsync(Memory<byte>.Empty, cancellation);

    /// <summary>Reads more behind what is unread; nothing means that the destination has ended.</summary>
    public async ValueTask<int> FillAsync(CancellationToken cancellation)
    {
        if (_buffer.Length == 0)
        {
            // A destination may take its time, and a buffer is for an answer that is there.
            await _socket.ReceiveAsync(Memory<byte>.Empty, cancellation);
            _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        }

        MakeRoom();
        var count = await _socket.ReceiveAsync(_buffer.AsMemory(_end), cancellation);
        _end += count;
        return count;
    }

    /// <summary>Reads past the buffer, in which nothing is unread.</summary>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation) => _socket.ReceiveAsync(buffer, cancellation);

    /// <summary>The answer is over. Whoever read it touches nothing here any more.</summary>
    /// <param name="isWhole">Whether it was read to its end.</param>
    public void EndAnswer(bool isWhole)
    {
        // What comes behind an answer belongs to none.
        if (!_isKeptByHead || _start != _end)
        {
            _isSpoiled = true;
        }

        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            (_buffer, _start, _end) = ([], 0, 0);
        }

        EndPart(isWhole && !_closesWithAnswer);
    }

    public void EndSending(bool isWhole) => EndPart(isWhole);

    public void Abort() => Close();

    /// <summary>Closes it now, as often as one likes. Who waits for it is told by a failure.</summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            _isSpoiled = true;
            _socket.Dispose();
            _deadline.Stop();
            _shelf.Closed(this);
        }
    }

    private bool Read(AnswerHead head)
    {
        var at = 0;
        var isWhole = head.Read(Unread, ref at);
        Take(at);
        return isWhole;
    }

    private void MakeRoom()
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }
        else if (_end == _buffer.Length)
        {
            // What is unread is a part of one line, and whoever reads lines bounds them.
            var roomier = _start > 0 ? _buffer : ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            Unread.CopyTo(roomier);
            if (roomier != _buffer)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
                _buffer = roomier;
            }

            (_start, _end) = (0, _end - _start);
        }
    }

    /// <summary>An upload may go on behind its answer, on a connection that is closed then.</summary>
    private void EndPart(bool isInOrder)
    {
        if (!isInOrder)
        {
            Close();
        }

        if (Interlocked.Decrement(ref _parts) > 0)
        {
            return;
        }

        if (_isSpoiled)
        {
            Close();
        }
        else
        {
            _shelf.Keep(this);
        }
    }

    private void Ended()
    {
        _hasEnded = true;
        _shelf.Drop(this);
    }
}
