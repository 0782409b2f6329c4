using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using RESPite.Transports;
using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Redis;

/// <summary>
/// A connection to Redis in one of this process's loops. What Redis says is handed to the library by the loop that has read it. What the library flushes is sent
/// by the thread that flushes, together with whatever had to wait meanwhile. What waits has no bound here: a client has one command under way, and once
/// Redis takes none any more, whoever asks it is told so, and gives no others.
/// </summary>
/// <remarks>
/// The library stages and flushes under a lock of its own, but for a last flush when it gives the connection up. <see cref="_lock"/> guards what is between
/// its threads and the one that sends.
/// </remarks>
/// <param name="socket">Belongs to this.</param>
[Experimental("SER009")]
internal sealed class RedisTransport(LoopSocket socket) : DuplexTransport
{
    /// <summary>A page of a group's log, for the most part.</summary>
    private const int ReceivedBytes = 32 * 1024;

    /// <summary>A buffer that was larger is not kept: few commands are.</summary>
    private const int KeptBytes = 64 * 1024;

    private readonly Lock _lock = new();
    private ArrayBufferWriter<byte> _staged = new();
    private ArrayBufferWriter<byte> _waiting = new();
    private ArrayBufferWriter<byte> _sending = new();
    private bool _isSending;

    public override Memory<byte> GetMemory(int sizeHint = 0) => _staged.GetMemory(sizeHint);

    public override void Advance(int count) => _staged.Advance(count);

    /// <summary>Sends what was staged, or leaves it to who sends already. False once the connection has ended.</summary>
    public override bool Flush()
    {
        lock (_lock)
        {
            _waiting.Write(_staged.WrittenSpan);
            Empty(ref _staged);
            if (_isSending || socket.IsClosed)
            {
                return !socket.IsClosed;
            }

            _isSending = true;
        }

        _ = SendAsync();
        return true;
    }

    /// <summary>Hands on what is heard, until the connection ends; then says so, once.</summary>
    public override void Start(TransportReceiver receiver) => _ = ReceiveAsync(receiver);

    public override ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task SendAsync()
    {
        try
        {
            while (TryTake())
            {
                await socket.SendAsync(_sending.WrittenMemory, CancellationToken.None);
                Empty(ref _sending);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // A command may be half sent, and none can follow it. Who receives finds the end, and tells the library.
            socket.Dispose();
        }
    }

    private bool TryTake()
    {
        lock (_lock)
        {
            (_waiting, _sending) = (_sending, _waiting);
            return _isSending = _sending.WrittenCount > 0;
        }
    }

    private async Task ReceiveAsync(TransportReceiver receiver)
    {
        var buffer = new byte[ReceivedBytes];
        Exception? fault = null;
        try
        {
            while (await socket.ReceiveAsync(buffer, CancellationToken.None) is > 0 and var count && receiver.OnReceived(buffer.AsSpan(0, count)))
            {
                receiver.OnBatchEnd();
            }
        }
        catch (ObjectDisposedException)
        {
            // It was ended here.
        }
        catch (Exception exception)
        {
            fault = exception;
        }

        socket.Dispose();
        receiver.OnClosed(fault);
    }

    private static void Empty(ref ArrayBufferWriter<byte> buffer)
    {
        if (buffer.Capacity > KeptBytes)
        {
            buffer = new ArrayBufferWriter<byte>();
        }
        else
        {
            buffer.ResetWrittenCount();
        }
    }
}
