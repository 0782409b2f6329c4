using System.Runtime.CompilerServices;

namespace YarpWs.Platform.Transport;

/// <summary>
/// The stream of an accepted extended CONNECT, which counts what was received for it and what was read from it. <see cref="Received"/>, <see cref="IsReadUp"/> and
/// <see cref="WhenReadAsync"/> belong to the connection's input, reads to the application.
/// </summary>
/// <param name="ended">Called, perhaps more than once, when nothing is read any more.</param>
internal sealed class Http2SocketStream(Action ended) : AsyncStream
{
    private Stream _inner = Null;
    private long _received;
    private long _read;
    private volatile bool _isOver;
    private TaskCompletionSource? _allRead;

    /// <summary>The server's stream. Before anything is read.</summary>
    public void Attach(Stream inner) => _inner = inner;

    /// <summary>A DATA frame has come whole.</summary>
    public void Received(int bytes) => Volatile.Write(ref _received, _received + bytes);

    /// <summary>Whether all that was received so far has been read, or nothing is read any more.</summary>
    public bool IsReadUp => _isOver || Interlocked.Read(ref _read) >= Volatile.Read(ref _received);

    /// <summary>Comes when <see cref="IsReadUp"/>. Nothing is received meanwhile that would count.</summary>
    public Task WhenReadAsync()
    {
        if (_allRead is not { Task.IsCompleted: false } allRead)
        {
            allRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Interlocked.Exchange(ref _allRead, allRead);
        }

        TellWhenRead();
        return allRead.Task;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = _inner.ReadAsync(buffer, cancellationToken);
        if (!read.IsCompletedSuccessfully)
        {
            return FinishReadAsync(read);
        }

        var count = read.Result;
        Count(count);
        return ValueTask.FromResult(count);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _inner.WriteAsync(buffer, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        End();
        _inner.Dispose();
        base.Dispose(disposing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> FinishReadAsync(ValueTask<int> read)
    {
        try
        {
            var count = await read;
            Count(count);
            return count;
        }
        catch
        {
            End();
            throw;
        }
    }

    private void Count(int bytes)
    {
        if (bytes > 0)
        {
            Interlocked.Add(ref _read, bytes);
            TellWhenRead();
        }
    }

    private void End()
    {
        _isOver = true;
        ended();
        TellWhenRead();
    }

    private void TellWhenRead()
    {
        if (Volatile.Read(ref _allRead) is { } allRead && IsReadUp)
        {
            allRead.TrySetResult();
        }
    }
}
