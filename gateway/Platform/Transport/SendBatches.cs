using System.Runtime.InteropServices;

namespace YarpWs.Platform.Transport;

/// <summary>
/// The batches of this process, in which many writes are one system call (<see cref="SendBatch"/>). Where the kernel has no io_uring(7), or lets this process have none, as many
/// containers do, there are none and each write is one: that is said once. Any thread.
/// </summary>
internal sealed class SendBatches(ILogger<SendBatches> logger, SendBatches.RingOpener open) : IDisposable
{
    private const int NoDescriptorInProcess = 24;
    private const int NoDescriptorInSystem = 23;

    /// <summary>One for each thread that can run at a time: who delivers and finds none sends by itself. Each has a descriptor, and some 30 KiB.</summary>
    private readonly SendBatch?[] _free = new SendBatch?[Environment.ProcessorCount];

    private int _open;
    private long _sent;
    private volatile bool _isRefused = !EventLoops.AreSupported;
    private volatile bool _isDisposed;

    public SendBatches(ILogger<SendBatches> logger)
        : this(logger, SendRing.TryOpen)
    {
    }

    /// <inheritdoc cref="SendRing.TryOpen"/>
    public delegate SendRing? RingOpener(int capacity, out int error);

    /// <summary>Writes that were made in batches.</summary>
    public long Count => Interlocked.Read(ref _sent);

    /// <summary>
    /// From now on this thread's writes to sockets of loops are collected, until the batch is disposed of, on this thread and without an await in between. Null when each is made at
    /// once: there is no batch to be had, or one has begun on this thread.
    /// </summary>
    public SendBatch? Begin()
    {
        if (_isRefused || _isDisposed || SendBatch.Current is not null)
        {
            return null;
        }

        var batch = TakeFree() ?? Open();
        batch?.Begin();
        return batch;
    }

    /// <summary>Tells of writes that a batch has made. Only a batch calls it.</summary>
    public void Sent(int count) => Interlocked.Add(ref _sent, count);

    /// <summary>Takes back a batch in which nothing is collected.</summary>
    public void Return(SendBatch batch)
    {
        if (batch.IsBroken)
        {
            Refuse("the kernel has refused a batch that it had room for");
            Close(batch);
            return;
        }

        for (var i = 0; i < _free.Length; i++)
        {
            if (Interlocked.CompareExchange(ref _free[i], batch, null) is null)
            {
                break;
            }
        }

        // One that came back while the others were closed.
        if (_isDisposed || _isRefused)
        {
            CloseFree();
        }
    }

    /// <summary>A batch that is under way is closed when it ends.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        CloseFree();
    }

    private SendBatch? TakeFree()
    {
        for (var i = 0; i < _free.Length; i++)
        {
            if (Interlocked.Exchange(ref _free[i], null) is { } batch)
            {
                return batch;
            }
        }

        return null;
    }

    private SendBatch? Open()
    {
        if (Interlocked.Increment(ref _open) > _free.Length)
        {
            Interlocked.Decrement(ref _open);
            return null;
        }

        if (open(SendBatch.Capacity, out var error) is { } ring)
        {
            return new SendBatch(this, ring);
        }

        Interlocked.Decrement(ref _open);
        if (error is not (NoDescriptorInProcess or NoDescriptorInSystem))
        {
            Refuse(Marshal.GetPInvokeErrorMessage(error));
        }

        return null;
    }

    private void CloseFree()
    {
        while (TakeFree() is { } batch)
        {
            Close(batch);
        }
    }

    private void Close(SendBatch batch)
    {
        batch.Close();
        Interlocked.Decrement(ref _open);
    }

    private void Refuse(string reason)
    {
        if (!_isRefused)
        {
            _isRefused = true;
            logger.NoBatches(reason);
            CloseFree();
        }
    }
}
