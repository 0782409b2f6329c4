using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace YarpWs.Platform.Transport;

/// <summary>
/// A client's connection as Kestrel wants it: pipes that read and write when they are asked to, so that nothing is being read while a request
/// is answered, and the socket can be taken over by an upgrade.
/// </summary>
internal sealed class LoopConnection : ConnectionContext, IDuplexPipe
{
    private const int HasEnded = 1;
    private const int ClosesAtEnd = 2;

    /// <summary>
    /// What one system call reads, and what one writes: each segment of a pipe is one of its own. They are rented while bytes are there, so that large ones cost nothing
    /// else. One of reads holds a whole record of TLS, 16 KiB and what is around it.
    /// </summary>
    private const int BufferBytes = 32 * 1024;

    private static readonly StreamPipeReaderOptions Reading = new(bufferSize: BufferBytes, leaveOpen: true, useZeroByteReads: true);
    private static readonly StreamPipeWriterOptions Writing = new(minimumBufferSize: BufferBytes);
    private static long _lastNumber;

    private readonly CancellationTokenSource _closed = new();
    private readonly LoopStream _stream;
    private readonly ILogger _logger;
    private int _isClosed;
    private int _end;

    /// <param name="socket">Closed with this, once this is made.</param>
    /// <param name="logger">Hears of handlers that fail.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The client has gone already.</exception>
    public LoopConnection(LoopSocket socket, ILogger logger)
    {
        _logger = logger;
        _stream = new LoopStream(socket);
        Input = PipeReader.Create(_stream, Reading);
        ServerOutput = new ServerOutput(_stream);
        Output = PipeWriter.Create(ServerOutput, Writing);
        Transport = this;
        LocalEndPoint = socket.Socket.LocalEndPoint;
        RemoteEndPoint = socket.Socket.RemoteEndPoint;
        Features.Set(this);
        socket.OnEnded(ClientEnded);
        socket.OnBroken(TellClosed);
    }

    /// <summary>What carries the connection, for who stands above it, as TLS does.</summary>
    public LoopStream Stream => _stream;

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    /// <summary>What <see cref="Output"/> writes to.</summary>
    public ServerOutput ServerOutput { get; }

    public override IDuplexPipe Transport { get; set; }

    /// <summary>Unique in this process, in the notation of Kestrel's own.</summary>
    public override string ConnectionId { get; set; } = Interlocked.Increment(ref _lastNumber).ToString("X13", null);

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

    public override EndPoint? LocalEndPoint { get; set; }

    public override EndPoint? RemoteEndPoint { get; set; }

    public override CancellationToken ConnectionClosed
    {
        get => _closed.Token;
        set => throw new NotSupportedException();
    }

    /// <summary>
    /// What the client asks for needs both directions, as a socket does: once it sends nothing more, it counts as gone. Otherwise it may end its sending side behind its
    /// request and read its answer, and is gone when its connection breaks.
    /// </summary>
    public void CloseAtEnd()
    {
        if ((Interlocked.Or(ref _end, ClosesAtEnd) & HasEnded) != 0)
        {
            TellClosed();
        }
    }

    /// <summary>
    /// The client's socket, after the last byte of the server's answer has been written; null when something stands between, as TLS does. What
    /// the client has sent already comes first. The server finds that the client has ended, hears nothing of it any more, and is not held by it.
    /// </summary>
    public LoopStream? TakeStream()
    {
        if (!ReferenceEquals(Transport, this) || _stream.Take() is not { } socket)
        {
            return null;
        }

        socket.TellNobody();
        byte[] ahead = [];
        if (Input.TryRead(out var read))
        {
            ahead = System.Buffers.BuffersExtensions.ToArray(read.Buffer);
            Input.AdvanceTo(read.Buffer.End);
        }

        return new LoopStream(socket, ahead);
    }

    /// <summary>
    /// A WebSocket reads through this connection, with TLS or the streams of HTTP/2 in between. From now on the server finds the client's end only by reading
    /// up to it: told earlier, it would close the connection, and with it what the client sent before.
    /// </summary>
    /// <param name="ended">Told in the server's place, on the loop; null to tell nobody.</param>
    public void KeepEndInOrder(Action? ended = null)
    {
        _stream.TellNobody();
        if (ended is not null)
        {
            _stream.OnEnded(ended);
        }
    }

    /// <inheritdoc cref="LoopSocket.ShutdownSend"/>
    public void ShutdownSend() => _stream.ShutdownSend();

    public override void Abort(ConnectionAbortedException abortReason)
    {
        _stream.Abort();
        TellClosed();
    }

    public override async ValueTask DisposeAsync()
    {
        await Input.CompleteAsync();
        await Output.CompleteAsync();
        await _stream.DisposeAsync();
        _closed.Dispose();
        await base.DisposeAsync();
    }

    private void ClientEnded()
    {
        _stream.KeepAlive();
        if ((Interlocked.Or(ref _end, HasEnded) & ClosesAtEnd) != 0)
        {
            TellClosed();
        }
    }

    /// <summary>In the thread pool, because the server runs what it has registered; what fails there must not end the process.</summary>
    private void TellClosed()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static connection =>
                {
                    try
                    {
                        connection._closed.Cancel();
                    }
                    catch (ObjectDisposedException)
                    {
                        // The server was done with it first.
                    }
                    catch (Exception exception)
                    {
                        connection._logger.ClosedHandlerFailed(connection.ConnectionId, exception);
                    }
                },
                this,
                preferLocal: false);
        }
    }
}
