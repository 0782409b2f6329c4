using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace YarpWs.EndToEnd.Tests.Sockets;

/// <summary>
/// A WebSocket on the first stream of an HTTP/2 connection (RFC 8441), written by hand (RFC 9113): no library lets a test end a stream in the
/// middle of a frame. Windows open again as the test reads, so that a client which does not read holds the server up.
/// </summary>
internal sealed class Http2Client : WireClient
{
    private const int StreamId = 1;
    private const int MaxFrame = 16_384;
    private const int InitialWindow = 65_535;
    private const byte Data = 0, Headers = 1, RstStream = 3, Settings = 4, Ping = 6, GoAway = 7, WindowUpdate = 8;
    private const byte Ack = 1, EndStream = 1, EndHeaders = 4;

    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Pipe _data = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
    private readonly TaskCompletionSource<byte> _status = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private Task _receiving = Task.CompletedTask;
    private TaskCompletionSource _moreWindow = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _connectionWindow = InitialWindow;
    private long _streamWindow = InitialWindow;
    private int _initialWindow = InitialWindow;

    private Http2Client(Socket socket, Stream stream) => (_socket, _stream) = (socket, stream);

    public static async Task<WireClient> ConnectAsync(
        Socket socket, Stream stream, string authority, string target, (string Name, string Value)[] more, CancellationToken cancellationToken)
    {
        var client = new Http2Client(socket, stream);
        await client._stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray(), cancellationToken);
        await client.SendFrameAsync(Settings, 0, 0, Array.Empty<byte>());
        client._receiving = client.ReceiveAsync();

        using var block = new MemoryStream();
        Write(block, ":method", "CONNECT");
        Write(block, ":protocol", "websocket");
        Write(block, ":scheme", stream is NetworkStream ? "http" : "https");
        Write(block, ":path", target);
        Write(block, ":authority", authority);
        Write(block, "sec-websocket-version", "13");
        foreach (var (name, value) in more)
        {
            Write(block, name, value);
        }

        await client.SendFrameAsync(Headers, EndHeaders, StreamId, block.ToArray());

        // The static table's :status 200 (RFC 7541, appendix A).
        Assert.Equal(0x88, await client._status.Task.WaitAsync(cancellationToken));
        return client;
    }

    public override Task EndAsync() => SendFrameAsync(Data, EndStream, StreamId, Array.Empty<byte>());

    public override Task ResetAsync() => SendFrameAsync(RstStream, 0, StreamId, new byte[] { 0, 0, 0, 8 });

    public override void Exit() => _socket.Close();

    public override async ValueTask DisposeAsync()
    {
        _socket.Close();
        await _receiving;
        _writing.Dispose();
    }

    protected override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > 0)
        {
            var count = await TakeWindowAsync(Math.Min(bytes.Length, MaxFrame), cancellationToken);
            await SendFrameAsync(Data, 0, StreamId, bytes[..count]);
            bytes = bytes[count..];
        }
    }

    protected override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var count = await _data.Reader.AsStream(leaveOpen: true).ReadAsync(buffer, cancellationToken);
        if (count > 0)
        {
            try
            {
                var increment = new byte[4];
                BinaryPrimitives.WriteInt32BigEndian(increment, count);
                await SendFrameAsync(WindowUpdate, 0, 0, increment);
                await SendFrameAsync(WindowUpdate, 0, StreamId, increment);
            }
            catch (IOException)
            {
                // What came is read all the same.
            }
        }

        return count;
    }

    private async ValueTask<int> TakeWindowAsync(int most, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task more;
            lock (_gate)
            {
                var count = (int)Math.Min(most, Math.Min(_connectionWindow, _streamWindow));
                if (count > 0)
                {
                    _connectionWindow -= count;
                    _streamWindow -= count;
                    return count;
                }

                more = _moreWindow.Task;
            }

            await more.WaitAsync(cancellationToken);
        }
    }

    private async Task ReceiveAsync()
    {
        Exception? end = null;
        try
        {
            var header = new byte[9];
            while (await _stream.ReadAtLeastAsync(header, 9, throwOnEndOfStream: false) == 9)
            {
                var payload = new byte[(header[0] << 16) | (header[1] << 8) | header[2]];
                await _stream.ReadExactlyAsync(payload);
                if (await HandleAsync(header[3], header[4], BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)), payload))
                {
                    break;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            end = new IOException("The connection is gone.", exception);
        }

        _status.TrySetException(end ?? new IOException("The stream ended."));
        await _data.Writer.CompleteAsync(end);
        lock (_gate)
        {
            _moreWindow.TrySetException(end ?? new IOException("The stream ended."));
        }

        _ = _status.Task.Exception;
        _ = _moreWindow.Task.Exception;
    }

    /// <summary>Returns whether nothing more will come on the stream.</summary>
    private async ValueTask<bool> HandleAsync(byte type, byte flags, int stream, byte[] payload)
    {
        switch (type)
        {
            case Data:
                await _data.Writer.WriteAsync(payload);
                return (flags & EndStream) != 0;
            case Headers:
                return !_status.TrySetResult(payload[0]) && (flags & EndStream) != 0;
            case Settings when (flags & Ack) == 0:
                Apply(payload);
                await SendFrameAsync(Settings, Ack, 0, Array.Empty<byte>());
                return false;
            case Ping when (flags & Ack) == 0:
                await SendFrameAsync(Ping, Ack, 0, payload);
                return false;
            case WindowUpdate:
                Open(stream, BinaryPrimitives.ReadInt32BigEndian(payload));
                return false;
            case RstStream:
                throw new IOException("The stream was reset.");
            default:
                return type == GoAway;
        }
    }

    private void Apply(byte[] settings)
    {
        for (var at = 0; at < settings.Length; at += 6)
        {
            // SETTINGS_INITIAL_WINDOW_SIZE moves the windows of open streams too (RFC 9113, section 6.9.2).
            if (settings[at + 1] == 4)
            {
                var size = BinaryPrimitives.ReadInt32BigEndian(settings.AsSpan(at + 2));
                Open(StreamId, size - _initialWindow);
                _initialWindow = size;
            }
        }
    }

    private void Open(int stream, int by)
    {
        lock (_gate)
        {
            _ = stream == 0 ? _connectionWindow += by : _streamWindow += by;
            _moreWindow.TrySetResult();
            _moreWindow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private async Task SendFrameAsync(byte type, byte flags, int stream, ReadOnlyMemory<byte> payload)
    {
        var frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsMemory(9));
        await _writing.WaitAsync();
        try
        {
            await _stream.WriteAsync(frame);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>A header that is in no table and stays out of it (RFC 7541, section 6.2.2).</summary>
    private static void Write(MemoryStream block, string name, string value)
    {
        block.WriteByte(0);
        foreach (var text in (string[])[name, value])
        {
            WriteLength(block, text.Length);
            block.Write(Encoding.ASCII.GetBytes(text));
        }
    }

    /// <summary>An integer with a prefix of seven bits (RFC 7541, section 5.1).</summary>
    private static void WriteLength(MemoryStream block, int length)
    {
        if (length < 127)
        {
            block.WriteByte((byte)length);
            return;
        }

        block.WriteByte(127);
        for (length -= 127; length >= 128; length >>= 7)
        {
            block.WriteByte((byte)(length | 128));
        }

        block.WriteByte((byte)length);
    }
}
