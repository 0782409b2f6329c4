namespace YarpWs.Gateway.Forwarding;

/// <summary>A request body that is held to a size, and to a time between two reads. One read at a time.</summary>
/// <param name="client">The body as it comes from the client; it is not closed here.</param>
/// <param name="limit">Most bytes it may have; null for no limit.</param>
/// <param name="timeout">The longest that one read may wait.</param>
/// <param name="time">Measures it.</param>
internal sealed class BoundedBody(Stream client, long? limit, TimeSpan timeout, TimeProvider time) : Stream
{
    private readonly CancellationTokenSource _waiting = new(Timeout.InfiniteTimeSpan, time);
    private CancellationTokenRegistration _cancellation;
    private CancellationToken _cancelledBy;
    private long _length;

    /// <summary>The status for a body that was too long or too slow; 0 while it is neither.</summary>
    public int Fault { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="BadHttpRequestException">The body has more bytes than it may have (413), or the client has paused for too long (408).</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken != _cancelledBy)
        {
            await _cancellation.DisposeAsync();
            _cancelledBy = cancellationToken;
            _cancellation = cancellationToken.UnsafeRegister(static waiting => ((CancellationTokenSource)waiting!).Cancel(), _waiting);
        }

        var read = client.ReadAsync(buffer, _waiting.Token);
        return Counted(read.IsCompleted ? await read : await WaitAsync(read, cancellationToken));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _cancellation.Dispose();
        _waiting.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask<int> WaitAsync(ValueTask<int> read, CancellationToken cancellation)
    {
        _waiting.CancelAfter(timeout);
        try
        {
            return await read;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            Fault = StatusCodes.Status408RequestTimeout;
            throw new BadHttpRequestException($"The client sent nothing of its body for {timeout}.", Fault);
        }
        finally
        {
            _waiting.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    private int Counted(int count)
    {
        _length += count;
        if (_length > limit)
        {
            Fault = StatusCodes.Status413PayloadTooLarge;
            throw new BadHttpRequestException($"The request body has more than {limit} bytes.", Fault);
        }

        return count;
    }
}
