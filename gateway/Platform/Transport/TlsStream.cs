using System.Net.Security;

namespace YarpWs.Platform.Transport;

/// <summary>
/// A TLS connection of a client as a stream, whose owner can be changed as that of a <see cref="LoopStream"/>: it may be taken out, and what reads from the stream
/// then finds its end, while the connection lives on.
/// </summary>
/// <param name="tls">Belongs to the server, which closes it when it is told so.</param>
/// <param name="below">Carries it.</param>
/// <param name="buffers">What it holds besides; null where that is not known.</param>
/// <param name="ahead">What was read from it already; it comes first.</param>
/// <param name="ended">Tells the server that this is disposed; null when the server closes it by itself.</param>
internal sealed class TlsStream(SslStream tls, LoopStream below, TlsBuffers? buffers, ReadOnlyMemory<byte> ahead = default, Action? ended = null) : AsyncStream
{
    private SslStream? _tls = tls;
    private ReadOnlyMemory<byte> _ahead = ahead;

    /// <summary>The connection that carries it, of which its owner may read and write nothing.</summary>
    public LoopStream Below => below;

    /// <summary>To be given back while nothing comes; null where they are not known.</summary>
    public TlsBuffers? Buffers => buffers;

    /// <summary>The connection, which belongs to the caller now; null when it is not here any more. Nobody may be reading or writing.</summary>
    public SslStream? Take() => Interlocked.Exchange(ref _tls, null);

    /// <summary>Ends what is sent, and leaves what is read: close_notify (RFC 8446, section 6.1), then the end of TCP's sending side. Nothing may be being written.</summary>
    public async Task EndSendingAsync()
    {
        await SayEndAsync();
        below.ShutdownSend();
    }

    /// <summary>close_notify alone.</summary>
    /// <exception cref="IOException">The client has gone, or has broken TLS, so that nothing more can be said by it.</exception>
    /// <exception cref="ObjectDisposedException">The connection has ended.</exception>
    public async Task SayEndAsync()
    {
        if (_tls is not { } tls)
        {
            return;
        }

        try
        {
            await tls.ShutdownAsync();
        }
        catch (Exception exception) when (exception is not (IOException or ObjectDisposedException))
        {
            // What OpenSSL says, the platform throws as it is.
            throw new IOException("TLS has been broken by the other side.", exception);
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_ahead.IsEmpty)
        {
            var count = Math.Min(buffer.Length, _ahead.Length);
            _ahead[..count].CopyTo(buffer);
            _ahead = _ahead[count..];
            return ValueTask.FromResult(count);
        }

        if (_tls is not { } tls)
        {
            return ValueTask.FromResult(0);
        }

        var read = tls.ReadAsync(buffer, cancellationToken);
        if (!read.IsCompleted)
        {
            buffers?.GiveBackBehindRead();
        }

        return read;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_tls is not { } tls)
        {
            return ValueTask.FromException(new ObjectDisposedException(nameof(TlsStream)));
        }

        var write = tls.WriteAsync(buffer, cancellationToken);
        buffers?.GiveBackBehindWrite();
        return write;
    }

    protected override void Dispose(bool disposing)
    {
        if (Take() is not null)
        {
            ended?.Invoke();
        }

        base.Dispose(disposing);
    }
}
