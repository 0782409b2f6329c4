using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace YarpWs.Platform.Transport;

/// <summary>
/// A client's HTTP/1.1 connection behind TLS as Kestrel wants it, with which an upgrade can do what it does with a <see cref="LoopConnection"/>: take it over, so that
/// nothing of the request is held for as long as the socket lives. Kestrel has done the handshake and closes the connection; meanwhile it waits, and holds
/// little more than TLS itself. A feature of the connection.
/// </summary>
internal sealed class TlsConnection : IDuplexPipe
{
    /// <summary>What a record may carry (RFC 8446, section 5.1): each segment that is written is one.</summary>
    private const int RecordBytes = 16 * 1024;

    private static readonly StreamPipeReaderOptions Reading = new(bufferSize: RecordBytes, leaveOpen: true, useZeroByteReads: true);
    private static readonly StreamPipeWriterOptions Writing = new(minimumBufferSize: RecordBytes);

    /// <summary>How long a client may let its end wait that takes nothing more.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    private readonly TlsStream _stream;
    private readonly LoopConnection _connection;
    private readonly TimeProvider _time;
    private TaskCompletionSource? _over;

    private TlsConnection(TlsStream stream, LoopConnection connection, TimeProvider time)
    {
        _stream = stream;
        _connection = connection;
        _time = time;
        Input = PipeReader.Create(_stream, Reading);
        ServerOutput = new ServerOutput(_stream);
        Output = PipeWriter.Create(ServerOutput, Writing);
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    /// <summary>What <see cref="Output"/> writes to.</summary>
    public ServerOutput ServerOutput { get; }

    /// <summary>Has the TLS connections of a listener hold no buffers while nothing comes, and be taken over by upgrades. To be called behind its TLS.</summary>
    public static void Watch(ListenOptions listener, TimeProvider time) => listener.Use(next => connection =>
    {
        if (connection.Features.Get<ISslStreamFeature>()?.SslStream is not { } tls)
        {
            return next(connection);
        }

        TlsBuffers.TryGiveBack(tls, out var buffers);
        if (tls.NegotiatedApplicationProtocol.Equals(SslApplicationProtocol.Http2))
        {
            // For who reads from it.
            connection.Features.Set(buffers);
            return next(connection);
        }

        return connection.Features.Get<LoopConnection>() is { } below ? new TlsConnection(new TlsStream(tls, below.Stream, buffers), below, time).ServeAsync(connection, next) : next(connection);
    });

    /// <summary>
    /// The client's connection, after the last byte of the server's answer has been written; null when it was taken before. What the client has sent already comes first. As
    /// with <see cref="LoopConnection.KeepEndInOrder"/> the client's end is found by reading up to it.
    /// </summary>
    public TlsStream? TakeStream()
    {
        if (_stream.Take() is not { } tls)
        {
            return null;
        }

        _connection.KeepEndInOrder();
        var ahead = Array.Empty<byte>();
        if (Input.TryRead(out var read))
        {
            ahead = read.Buffer.ToArray();
            Input.AdvanceTo(read.Buffer.End);
        }

        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _over = over;
        return new TlsStream(tls, _stream.Below, _stream.Buffers, ahead, over.SetResult);
    }

    private async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        connection.Features.Set(this);
        var below = connection.Transport;
        connection.Transport = this;
        var heartbeat = connection.Features.Get<IConnectionHeartbeatFeature>() is { } kept ? new Heartbeat(kept) : null;
        connection.Features.Set<IConnectionHeartbeatFeature>(heartbeat);
        try
        {
            await next(connection);
        }
        finally
        {
            heartbeat?.LetGo();
            connection.Transport = below;
            await Input.CompleteAsync();
            await Output.CompleteAsync();
            await (_over?.Task ?? EndAsync());
        }
    }

    /// <summary>Says to a client that is still there that this is the end (RFC 8446, section 6.1): to one that is not told, an answer without a length may seem to be cut off. Kestrel does not say it.</summary>
    private async Task EndAsync()
    {
        try
        {
            await _stream.SayEndAsync().WaitAsync(Farewell, _time);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or TimeoutException)
        {
            // It has gone, or takes nothing.
        }
    }

    /// <summary>
    /// The clock of a connection, by which the server bounds its requests. It keeps what was registered for as long as the connection lives; here it is let go with the last
    /// request, and with it all that a request has.
    /// </summary>
    private sealed class Heartbeat(IConnectionHeartbeatFeature connection) : IConnectionHeartbeatFeature
    {
        private volatile Action? _beat;

        public void OnHeartbeat(Action<object> action, object state)
        {
            var before = _beat;
            _beat = before is null ? () => action(state) : before + (() => action(state));
            if (before is null)
            {
                connection.OnHeartbeat(static heartbeat => ((Heartbeat)heartbeat)._beat?.Invoke(), this);
            }
        }

        public void LetGo() => _beat = null;
    }
}
