using System.IO.Pipelines;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Frames;
using YarpWs.Gateway.Sockets.Limits;

namespace YarpWs.Gateway.Tests.Sockets;

/// <summary>A live socket between two ends that the test plays.</summary>
internal sealed class TestSocket : IDisposable
{
    private readonly Wire _client;
    private readonly Wire _backend;

    public TestSocket(
        DeadlineWheel wheel, TimeProvider time, SocketOptions? options = null, TimeSpan? tokenLasts = null, int capacity = 1 << 20, WebSocketExtensions extensions = WebSocketExtensions.None,
        MessageLimits? limits = null, long id = 1, Login? login = null, bool endsBackend = true, string protocol = Handshake.WebSocket,
        string? clientAddress = null, string route = "ws", string address = "http://a/")
    {
        _client = new Wire(capacity);
        _backend = new Wire(capacity);
        login ??= tokenLasts is { } lasts ? new Login { ExpiresAt = time.GetUtcNow() + lasts } : null;
        Live = new LiveSocket(
            new SocketOrigin { Id = id, Route = route, Cluster = "backend", Destination = "a", Address = address, Path = "/ws", Protocol = protocol, ClientAddress = clientAddress, Login = login, TraceId = "-" },
            new SocketEnds(_client.Near, _backend.Near, extensions, AbortClient)
            {
                EndSendingToClient = () =>
                {
                    _client.EndSending();
                    return Task.CompletedTask;
                },
                EndSendingToBackend = endsBackend ? _backend.EndSending : null,
            },
            options ?? new SocketOptions(),
            wheel,
            time,
            limits: limits);
    }

    public LiveSocket Live { get; }

    /// <summary>The client's end of its connection.</summary>
    public Stream Client => _client.Far;

    /// <summary>The backend's end of its connection.</summary>
    public Stream Backend => _backend.Far;

    /// <summary>What happens when the gateway ends the client's connection without a word.</summary>
    public Action? Aborted { get; set; }

    public void Dispose()
    {
        _client.Dispose();
        _backend.Dispose();
    }

    private void AbortClient()
    {
        Aborted?.Invoke();
        _client.Near.Dispose();
    }

    /// <summary>Two streams; what is written to one is read from the other, and when one is disposed of the other ends.</summary>
    private sealed class Wire : IDisposable
    {
        private readonly PipeWriter _toFar;

        public Wire(int capacity)
        {
            var options = new PipeOptions(pauseWriterThreshold: capacity, resumeWriterThreshold: Math.Max(1, capacity / 2), useSynchronizationContext: false);
            var (there, back) = (new Pipe(options), new Pipe(options));
            (_toFar, Near) = (there.Writer, new Duplex(back.Reader, there.Writer));
            Far = new Duplex(there.Reader, back.Writer);
        }

        public Stream Near { get; }

        public Stream Far { get; }

        /// <summary>The far end reads what was written, then the end, and can still write.</summary>
        public void EndSending() => _toFar.Complete();

        public void Dispose()
        {
            Near.Dispose();
            Far.Dispose();
        }
    }

    private sealed class Duplex(PipeReader reader, PipeWriter writer) : Stream
    {
        private readonly Stream _input = reader.AsStream();
        private readonly Stream _output = writer.AsStream();

        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _input.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _output.WriteAsync(buffer, cancellationToken);

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        /// <summary>Ends both directions, and a read that waits.</summary>
        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                writer.Complete();
                reader.CancelPendingRead();
            }

            base.Dispose(disposing);
        }
    }
}
