using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Forwarding;

/// <summary>
/// A connection of the platform's client to a destination, on which the body of a request can be sent while the answer is read. That client reads
/// nothing before it has sent the content; so the content that it knows is empty and chunked, and what it writes of that goes nowhere, while
/// <see cref="Upload"/> writes the real one here. Any other request goes through as it is written.
/// </summary>
/// <remarks>One writes at a time: the client the head, then the upload, then the client the next head. It reads when it likes.</remarks>
/// <param name="inner">The connection as it is, TLS included. Closed with this, though not in the middle of an upload.</param>
internal sealed class UploadConnection(Stream inner) : AsyncStream
{
    /// <summary>The end of an empty content, as the platform's client writes it.</summary>
    private const int EmptyContentLength = 5;

    [ThreadStatic]
    private static Upload? _beginning;

    private readonly Lock _gate = new();
    private volatile State _state;
    private int _unwanted;
    private bool _isDisposed;
    private bool _closesWithAnswer;

    private enum State
    {
        /// <summary>The platform's client may write.</summary>
        Free,

        /// <summary>An upload is under way.</summary>
        Sending,

        /// <summary>An upload ended before its time. The answer can still be read.</summary>
        Spent,
    }

    /// <summary>Has the platform's client write the head of a request, and the upload take over the connection from it. Where it is none of these, nothing is taken over.</summary>
    /// <param name="content">What that client gives to write the content to; nothing has been written yet.</param>
    /// <param name="upload">The body that follows.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="ConnectionTakenException">Another upload is under way. Nothing was sent.</exception>
    public static Task BeginAsync(Stream content, Upload upload, CancellationToken cancellation)
    {
        // The flush asks the connection on this thread and before it first waits.
        _beginning = upload;
        try
        {
            return content.FlushAsync(cancellation);
        }
        finally
        {
            _beginning = null;
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_unwanted > 0)
        {
            var count = Math.Min(_unwanted, buffer.Length);
            _unwanted -= count;
            return count == buffer.Length ? ValueTask.CompletedTask : WriteAsync(buffer[count..], cancellationToken);
        }

        if (_state != State.Free)
        {
            // Its last answer was whole before its upload, and the platform's client has taken it for free.
            return ValueTask.FromException(new ConnectionTakenException());
        }

        if (_beginning is not { } upload)
        {
            return inner.WriteAsync(buffer, cancellationToken);
        }

        _state = State.Sending;
        _unwanted = EmptyContentLength;
        return inner.WriteAsync(upload.Begin(this, buffer), cancellationToken);
    }

    /// <summary>Writes a piece of the upload that is under way.</summary>
    public ValueTask SendAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellation) => inner.WriteAsync(piece, cancellation);

    /// <summary>The upload is over. Only after a whole one is the connection used again.</summary>
    public void EndSending(bool isWhole)
    {
        lock (_gate)
        {
            _state = isWhole ? State.Free : State.Spent;
            if (_isDisposed)
            {
                inner.Dispose();
            }
        }
    }

    /// <summary>The destination closes the connection behind its answer: what it has not been sent by then, it does not want (RFC 9112, section 9.6).</summary>
    public void CloseWithAnswer()
    {
        lock (_gate)
        {
            _closesWithAnswer = true;
            if (_isDisposed)
            {
                inner.Dispose();
            }
        }
    }

    /// <summary>Closes it now; who reads from it is told by a failure.</summary>
    public void Abort() => inner.Dispose();

    /// <summary>The platform's client is done with it. An upload that its answer has overtaken goes on.</summary>
    protected override void Dispose(bool disposing)
    {
        lock (_gate)
        {
            _isDisposed = true;
            if (_state != State.Sending || _closesWithAnswer)
            {
                inner.Dispose();
            }
        }

        base.Dispose(disposing);
    }
}

/// <summary>A request was to be written to a connection on which another one's body is still being sent. Nothing of it was sent.</summary>
internal sealed class ConnectionTakenException() : IOException("Another upload is under way on this connection.")
{
    public static bool IsIn(Exception? exception)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is ConnectionTakenException)
            {
                return true;
            }
        }

        return false;
    }
}
