namespace YarpWs.Gateway.Forwarding;

/// <summary>
/// Keeps bytes in order for who takes them more slowly than they come: a bounded number in memory, a bounded number behind them in a temporary file, and then
/// the writer waits. A file that cannot be written counts as one without room. One writer and one reader, on any thread.
/// </summary>
/// <param name="memoryBytes">Most bytes in memory.</param>
/// <param name="fileBytes">Most bytes in the file; 0 for none.</param>
/// <param name="directory">Where the file goes. It has no name there once it is open, and goes with the process.</param>
/// <param name="diskFailed">Told once, why the file cannot be written.</param>
internal sealed class SpillBuffer(int memoryBytes, long fileBytes, string directory, Action<Exception> diskFailed) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<ReadOnlyMemory<byte>> _memory = [];
    private FileStream? _file;
    private long _inMemory;
    private long _written;
    private long _read;
    private bool _isDiskBroken;
    private bool _isWriterDone;
    private TaskCompletionSource? _reader;
    private TaskCompletionSource? _writer;

    /// <summary>Ends when it is kept. It waits while there is no room.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (!bytes.IsEmpty)
        {
            var count = KeepInMemory(bytes);
            if (count == 0)
            {
                count = await KeepInFileAsync(bytes, cancellation);
            }

            bytes = bytes[count..];
        }
    }

    /// <summary>There is no more to come.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isWriterDone = true;
            Wake(ref _reader);
        }
    }

    /// <summary>The next bytes, which are good until the next call; none at the end.</summary>
    /// <param name="buffer">For those that come from the file.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        while (true)
        {
            Task change;
            lock (_gate)
            {
                if (_memory.TryDequeue(out var kept))
                {
                    _inMemory -= kept.Length;
                    Wake(ref _writer);
                    return kept;
                }

                if (_read < _written)
                {
                    change = Task.CompletedTask;
                }
                else if (_isWriterDone)
                {
                    return default;
                }
                else
                {
                    change = (_reader = NewSignal()).Task;
                }
            }

            if (change.IsCompleted)
            {
                return await ReadFileAsync(buffer, cancellation);
            }

            await change.WaitAsync(cancellation);
        }
    }

    public ValueTask DisposeAsync() => _file?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static void Wake(ref TaskCompletionSource? waiting)
    {
        waiting?.TrySetResult();
        waiting = null;
    }

    /// <summary>Memory takes bytes only while none are in the file, since those come first.</summary>
    private int KeepInMemory(ReadOnlyMemory<byte> bytes)
    {
        lock (_gate)
        {
            var count = _read < _written ? 0 : (int)Math.Min(bytes.Length, memoryBytes - _inMemory);
            if (count > 0)
            {
                _memory.Enqueue(bytes[..count].ToArray());
                _inMemory += count;
                Wake(ref _reader);
            }

            return count;
        }
    }

    private async ValueTask<int> KeepInFileAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        Task room;
        int count;
        lock (_gate)
        {
            if (_read == _written)
            {
                // All of the file has been read: it begins anew.
                _read = _written = 0;
                if (_inMemory < memoryBytes)
                {
                    return 0;
                }
            }

            count = _isDiskBroken ? 0 : (int)Math.Min(bytes.Length, fileBytes - _written);
            room = count > 0 ? Task.CompletedTask : (_writer = NewSignal()).Task;
        }

        if (count == 0)
        {
            await room.WaitAsync(cancellation);
            return 0;
        }

        try
        {
            // Opening a file blocks, and this may be a loop.
            _file ??= await Task.Run(() => TemporaryFile.Open(directory), cancellation);
            await RandomAccess.WriteAsync(_file.SafeFileHandle, bytes[..count], _written, cancellation);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _isDiskBroken = true;
            diskFailed(exception);
            return 0;
        }

        lock (_gate)
        {
            _written += count;
            Wake(ref _reader);
        }

        return count;
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadFileAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        var count = await RandomAccess.ReadAsync(_file!.SafeFileHandle, buffer[..(int)Math.Min(buffer.Length, _written - _read)], _read, cancellation);
        lock (_gate)
        {
            _read += count;
            Wake(ref _writer);
        }

        return buffer[..count];
    }
}
