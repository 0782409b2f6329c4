namespace YarpWs.Platform.Transport;

/// <summary>
/// A <see cref="LoopSocket"/> as a stream, whose owner can be changed: the socket may be taken out, and what reads from the stream then finds
/// its end, while the socket lives on.
/// </summary>
/// <param name="socket">Closed with the stream, unless it was taken.</param>
/// <param name="ahead">What was read from the socket already; it comes first.</param>
internal sealed class LoopStream(LoopSocket socket, ReadOnlyMemory<byte> ahead = default) : AsyncStream
{
    [ThreadStatic]
    private static Taking? _taking;

    private LoopSocket? _socket = socket;
    private ReadOnlyMemory<byte> _ahead = ahead;

    /// <summary>Watches the socket.</summary>
    /// <exception cref="ObjectDisposedException">The socket was taken, or closed with the stream.</exception>
    public EventLoop Loop => _socket?.Loop ?? throw new ObjectDisposedException(nameof(LoopStream));

    /// <summary>
    /// Takes the socket from under a stream that reads through one of these and keeps what it has read too much, as the stream of an upgraded
    /// connection of <see cref="HttpClient"/> does. That stream has ended then.
    /// </summary>
    /// <param name="outer">Reads from a stream of this kind, without changing what it reads. Nobody else reads from it.</param>
    /// <exception cref="IOException">The outer stream had ended by itself, or failed. A socket that was taken is closed.</exception>
    public static async ValueTask<LoopStream> TakeFromAsync(Stream outer)
    {
        var ahead = new MemoryStream();
        var buffer = new byte[4096];
        while (true)
        {
            // The read that finds nothing kept asks the stream below, on this thread and before it first waits.
            var taking = new Taking();
            int count;
            try
            {
                count = await ReadTakingAsync(outer, buffer, taking);
            }
            catch
            {
                taking.Socket?.Dispose();
                throw;
            }

            ahead.Write(buffer, 0, count);
            if (taking.Socket is { } socket)
            {
                return new LoopStream(socket, ahead.GetBuffer().AsMemory(0, (int)ahead.Length));
            }

            if (count == 0)
            {
                throw new IOException("The connection had ended before it was taken.");
            }
        }
    }

    private static ValueTask<int> ReadTakingAsync(Stream outer, byte[] buffer, Taking taking)
    {
        _taking = taking;
        try
        {
            return outer.ReadAsync(buffer);
        }
        finally
        {
            // A read that throws must not leave it to the next reader of this thread, whose socket would be taken.
            _taking = null;
        }
    }

    /// <summary>The socket, which belongs to the caller now; null when it is not here any more. Nobody may be reading or writing.</summary>
    public LoopSocket? Take() => Interlocked.Exchange(ref _socket, null);

    /// <inheritdoc cref="LoopSocket.OnEnded"/>
    public void OnEnded(Action ended) => _socket?.OnEnded(ended);

    /// <inheritdoc cref="LoopSocket.KeepAlive"/>
    public void KeepAlive() => _socket?.KeepAlive();

    /// <summary>Counts the socket to a party, all of whose sockets become ready together now and then, as those of one group do; other parties do not wait for all of them.</summary>
    /// <param name="party">Its name.</param>
    public void Belong(string party)
    {
        if (_socket is { } socket)
        {
            socket.Party = party.GetHashCode(StringComparison.Ordinal);
        }
    }

    /// <inheritdoc cref="LoopSocket.Join"/>
    public void Join(LoopStream other)
    {
        if (_socket is { } socket && other._socket is { } partner)
        {
            socket.Join(partner);
        }
    }

    /// <inheritdoc cref="LoopSocket.TellNobody"/>
    public void TellNobody() => _socket?.TellNobody();

    /// <inheritdoc cref="LoopSocket.ShutdownSend"/>
    public void ShutdownSend() => _socket?.ShutdownSend();

    /// <summary>Closes the socket at once; the peer is told by a reset.</summary>
    public void Abort() => Take()?.Abort();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_taking is { } taking)
        {
            taking.Socket = Take();
        }

        if (!_ahead.IsEmpty)
        {
            var count = Math.Min(buffer.Length, _ahead.Length);
            _ahead[..count].CopyTo(buffer);
            _ahead = _ahead[count..];
            return ValueTask.FromResult(count);
        }

        return _socket?.ReceiveAsync(buffer, cancellationToken) ?? ValueTask.FromResult(0);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _socket?.SendAsync(buffer, cancellationToken) ?? ValueTask.FromException(new ObjectDisposedException(nameof(LoopStream)));

    protected override void Dispose(bool disposing)
    {
        Take()?.Dispose();
        base.Dispose(disposing);
    }

    private sealed class Taking
    {
        public LoopSocket? Socket { get; set; }
    }
}
