using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace YarpWs.Tests.Support;

/// <summary>
/// An HTTP/2 connection written by hand (RFC 9113) with any number of streams: no library shows its windows, or breaks the protocol. It obeys both windows of the
/// server unless a test sends frames of its own. Any thread may call it.
/// </summary>
internal sealed class Http2Wire : IAsyncDisposable
{
    public const byte Data = 0, Headers = 1, RstStream = 3, Settings = 4, Ping = 6, GoAway = 7, WindowUpdate = 8, Continuation = 9;
    public const byte Ack = 1, EndStream = 1, EndHeaders = 4;
    public const int MaxFrame = 16_384;

    private const int InitialWindow = 65_535;

    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly bool _isGenerous;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly ConcurrentDictionary<int, Http2WireStream> _streams = new();
    private readonly TaskCompletionSource _ready = New();
    private readonly TaskCompletionSource<Http2WireEnd> _goAway = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private TaskCompletionSource _more = New();
    private Task _receiving = Task.CompletedTask;
    private long _window = InitialWindow;
    private int _lastId = -1;

    private Http2Wire(Socket socket, Stream stream, bool isGenerous) => (_socket, _stream, _isGenerous) = (socket, stream, isGenerous);

    /// <summary>What the server lets each stream send at first.</summary>
    public int StreamWindow { get; private set; } = InitialWindow;

    /// <summary>How many streams the server lets be open at once.</summary>
    public int MaxStreams { get; private set; } = int.MaxValue;

    /// <summary>What may be sent now on all streams together.</summary>
    public long ConnectionWindow
    {
        get
        {
            lock (_gate)
            {
                return _window;
            }
        }
    }

    /// <summary>Comes with the first GOAWAY: the last stream that counts, and the code.</summary>
    public Task<Http2WireEnd> WentAway => _goAway.Task;

    /// <summary>Comes when the server has ended the connection, in whichever way.</summary>
    public Task Ended => _receiving;

    /// <summary>Ends once the server has told its windows.</summary>
    /// <param name="server">Speaks HTTP/2 from the first byte.</param>
    /// <param name="cancellationToken">Bounds it.</param>
    /// <param name="isGenerous">Whether the windows of what the server sends are opened again as it comes.</param>
    /// <param name="initialWindow">What the server may send on each stream at first.</param>
    public static async Task<Http2Wire> ConnectAsync(IPEndPoint server, CancellationToken cancellationToken, bool isGenerous = true, int initialWindow = InitialWindow)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, cancellationToken);
        var wire = new Http2Wire(socket, new NetworkStream(socket), isGenerous);
        await wire._stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray(), cancellationToken);

        // No dynamic table (RFC 7541, section 4.2), so that statuses are read without one.
        var window = new byte[12];
        window[1] = 1;
        window[7] = 4;
        BinaryPrimitives.WriteInt32BigEndian(window.AsSpan(8), initialWindow);
        await wire.SendAsync(Settings, 0, 0, window);
        wire._receiving = wire.ReceiveAsync();
        await wire._ready.Task.WaitAsync(cancellationToken);
        return wire;
    }

    /// <summary>Begins a request.</summary>
    public async Task<Http2WireStream> OpenAsync(string method, string target, bool hasBody, params (string Name, string Value)[] headers)
    {
        await _writing.WaitAsync();
        try
        {
            var stream = new Http2WireStream(this, _lastId += 2, StreamWindow);
            _streams[stream.Id] = stream;
            var pieces = Block([(":method", method), (":scheme", "http"), (":path", target), (":authority", "chat.example"), .. headers]).Chunk(MaxFrame).ToArray();
            for (var i = 0; i < pieces.Length; i++)
            {
                var (first, last) = (i == 0, i == pieces.Length - 1);
                await WriteAsync(first ? Headers : Continuation, (byte)((last ? EndHeaders : 0) | (first && !hasBody ? EndStream : 0)), stream.Id, pieces[i]);
            }

            return stream;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Begins a WebSocket (RFC 8441).</summary>
    public Task<Http2WireStream> OpenSocketAsync(string target, params (string Name, string Value)[] headers) =>
        OpenAsync("CONNECT", target, hasBody: true, [(":protocol", "websocket"), ("sec-websocket-version", "13"), .. headers]);

    /// <summary>Sends a frame as it is, whatever the protocol says.</summary>
    public async Task SendAsync(byte type, byte flags, int stream, ReadOnlyMemory<byte> payload)
    {
        await _writing.WaitAsync();
        try
        {
            await WriteAsync(type, flags, stream, payload);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Sends a payload of four bytes: an increment of a window, or the code of a reset.</summary>
    public Task SendAsync(byte type, int stream, int value)
    {
        var payload = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(payload, value);
        return SendAsync(type, 0, stream, payload);
    }

    /// <summary>A header block without tables (RFC 7541, section 6.2.2).</summary>
    public static byte[] Block(params (string Name, string Value)[] headers)
    {
        using var block = new MemoryStream();
        foreach (var (name, value) in headers)
        {
            block.WriteByte(0);
            Write(block, name);
            Write(block, value);
        }

        return block.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Close();
        await _receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _writing.Dispose();
    }

    /// <summary>Sends DATA when both windows are open.</summary>
    internal async Task SendDataAsync(Http2WireStream stream, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > 0)
        {
            Task more;
            int count;
            lock (_gate)
            {
                count = (int)Math.Min(Math.Min(bytes.Length, MaxFrame), Math.Min(_window, stream.Window));
                (_window, stream.Window) = (_window - Math.Max(0, count), stream.Window - Math.Max(0, count));
                more = _more.Task;
            }

            if (count <= 0)
            {
                await more.WaitAsync(cancellationToken);
                continue;
            }

            await SendAsync(Data, 0, stream.Id, bytes[..count]);
            bytes = bytes[count..];
        }
    }

    /// <summary>What may be sent on a stream now.</summary>
    internal long WindowOf(Http2WireStream stream)
    {
        lock (_gate)
        {
            return Math.Min(_window, stream.Window);
        }
    }

    /// <summary>Opens the windows again that the server has used.</summary>
    internal async Task GrantAsync(int stream, int bytes)
    {
        try
        {
            await SendAsync(WindowUpdate, 0, bytes);
            await SendAsync(WindowUpdate, stream, bytes);
        }
        catch (IOException)
        {
            // The server has ended; what came is read all the same.
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task WriteAsync(byte type, byte flags, int stream, ReadOnlyMemory<byte> payload)
    {
        var frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsMemory(9));
        await _stream.WriteAsync(frame);
    }

    private async Task ReceiveAsync()
    {
        try
        {
            var header = new byte[9];
            while (await _stream.ReadAtLeastAsync(header, 9, throwOnEndOfStream: false) == 9)
            {
                var payload = new byte[(header[0] << 16) | (header[1] << 8) | header[2]];
                await _stream.ReadExactlyAsync(payload);
                await HandleAsync(header[3], header[4], BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)), payload);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // Cut instead of ended, which tests do not tell apart.
        }

        var gone = new IOException("The connection is gone.");
        _ready.TrySetException(gone);
        _goAway.TrySetException(gone);
        lock (_gate)
        {
            _more.TrySetException(gone);
        }

        foreach (var stream in _streams.Values)
        {
            stream.End(reset: null);
        }

        _ = (_ready.Task.Exception, _goAway.Task.Exception, _more.Task.Exception);
    }

    private async ValueTask HandleAsync(byte type, byte flags, int id, byte[] payload)
    {
        var stream = _streams.GetValueOrDefault(id);
        switch (type)
        {
            case Data when stream is not null:
                stream.Receive(payload);
                if (_isGenerous && payload.Length > 0)
                {
                    await GrantAsync(id, payload.Length);
                }

                break;
            case Headers when stream is not null:
                stream.Answered(StatusOf(payload));
                break;
            case RstStream when stream is not null:
                stream.End(BinaryPrimitives.ReadInt32BigEndian(payload));
                return;
            case Settings when (flags & Ack) == 0:
                Apply(payload);
                await SendAsync(Settings, Ack, 0, Array.Empty<byte>());
                break;
            case Ping when (flags & Ack) == 0:
                await SendAsync(Ping, Ack, 0, payload);
                break;
            case WindowUpdate:
                Open(stream, BinaryPrimitives.ReadInt32BigEndian(payload));
                break;
            case GoAway:
                _goAway.TrySetResult(new Http2WireEnd(BinaryPrimitives.ReadInt32BigEndian(payload), BinaryPrimitives.ReadInt32BigEndian(payload.AsSpan(4))));
                break;
        }

        if (type is Data or Headers && (flags & EndStream) != 0)
        {
            stream?.End(reset: null);
        }
    }

    private void Apply(byte[] settings)
    {
        for (var at = 0; at < settings.Length; at += 6)
        {
            var value = BinaryPrimitives.ReadInt32BigEndian(settings.AsSpan(at + 2));
            switch (settings[at + 1])
            {
                case 3:
                    MaxStreams = value;
                    break;
                case 4:
                    StreamWindow = value;
                    break;
            }
        }
    }

    /// <summary>The server opens the connection's window behind its settings, and so both are known with the first.</summary>
    private void Open(Http2WireStream? stream, int by)
    {
        lock (_gate)
        {
            if (stream is null)
            {
                _window += by;
            }
            else
            {
                stream.Window += by;
            }

            _more.TrySetResult();
            _more = New();
        }

        _ready.TrySetResult();
    }

    private static int StatusOf(ReadOnlySpan<byte> block)
    {
        // A new size of the table may come first (RFC 7541, section 6.3).
        while ((block[0] & 0xE0) == 0x20)
        {
            block = block[1..];
        }

        return (block[0] & 0x80) != 0
            ? (block[0] & 0x7F) switch { 8 => 200, 9 => 204, 10 => 206, 11 => 304, 12 => 400, 13 => 404, 14 => 500, var other => throw new InvalidDataException($"Index {other} is no status.") }
            : int.Parse(Encoding.ASCII.GetString(block.Slice(2, 3)), null);
    }

    private static void Write(MemoryStream block, string text)
    {
        var length = text.Length;
        block.WriteByte((byte)Math.Min(length, 127));
        if (length >= 127)
        {
            for (length -= 127; length >= 128; length >>= 7)
            {
                block.WriteByte((byte)(length | 128));
            }

            block.WriteByte((byte)length);
        }

        block.Write(Encoding.ASCII.GetBytes(text));
    }
}

/// <summary>What a GOAWAY says (RFC 9113, section 6.8).</summary>
internal readonly record struct Http2WireEnd(int LastStream, int Code);
