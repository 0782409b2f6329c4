using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace YarpWs.Gateway.Content.Cache;

/// <summary>
/// The body of an answer on its way to the client. When its first byte comes, or its head is to be sent, it is decided what becomes of it: it is written down as well, only
/// passed on, or dropped because another answer stands in its place. A feature of the request; not for use by several threads at a time.
/// </summary>
internal sealed class RecordedBody : IHttpResponseBodyFeature, IDisposable
{
    private readonly IHttpResponseBodyFeature _inner;
    private readonly Func<RecordedFate> _decide;
    private readonly CacheStore _store;
    private readonly int _mostBytes;
    private readonly Action _gaveUp;
    private readonly ArrayBufferWriter<byte> _recorded = new();
    private RecordedFate? _fate;
    private int _reserved;

    /// <param name="inner">The client's.</param>
    /// <param name="decide">Asked once.</param>
    /// <param name="store">Bounds what is written down by all.</param>
    /// <param name="mostBytes">What is written down at most.</param>
    /// <param name="gaveUp">Called once, when that is not enough.</param>
    public RecordedBody(IHttpResponseBodyFeature inner, Func<RecordedFate> decide, CacheStore store, int mostBytes, Action gaveUp)
    {
        (_inner, _decide, _store, _mostBytes, _gaveUp) = (inner, decide, store, mostBytes, gaveUp);
        Stream = new BodyStream(this);
        Writer = PipeWriter.Create(Stream, new StreamPipeWriterOptions(leaveOpen: true));
    }

    public Stream Stream { get; }

    public PipeWriter Writer { get; }

    /// <summary>What becomes of it; decided now if it was not before.</summary>
    public RecordedFate Fate => _fate ??= _decide();

    public ReadOnlySpan<byte> Recorded => _recorded.WrittenSpan;

    public void DisableBuffering() => _inner.DisableBuffering();

    public Task StartAsync(CancellationToken cancellationToken = default) => Fate == RecordedFate.Dropped ? Task.CompletedTask : _inner.StartAsync(cancellationToken);

    public async Task CompleteAsync()
    {
        await Writer.FlushAsync();
        if (Fate != RecordedFate.Dropped)
        {
            await _inner.CompleteAsync();
        }
    }

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => SendFileFallback.SendFileAsync(Stream, path, offset, count, cancellationToken);

    /// <summary>Gives back the memory that it counted for.</summary>
    public void Dispose()
    {
        _store.Release(_reserved);
        _reserved = 0;
    }

    private ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        if (Fate == RecordedFate.Dropped)
        {
            return ValueTask.CompletedTask;
        }

        if (_fate == RecordedFate.Recorded)
        {
            if (_recorded.WrittenCount + bytes.Length <= _mostBytes && _store.TryRecord(bytes.Length))
            {
                _reserved += bytes.Length;
                _recorded.Write(bytes.Span);
            }
            else
            {
                _fate = RecordedFate.Passed;
                _recorded.Clear();
                Dispose();
                _gaveUp();
            }
        }

        return _inner.Stream.WriteAsync(bytes, cancellation);
    }

    private sealed class BodyStream(RecordedBody body) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => body.WriteAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        /// <summary>Nothing that writes answers does so; the server refuses it as well.</summary>
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Answers are not written synchronously.");

        public override Task FlushAsync(CancellationToken cancellationToken) => body.Fate == RecordedFate.Dropped ? Task.CompletedTask : body._inner.Stream.FlushAsync(cancellationToken);

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}

/// <summary>What becomes of the body of an answer.</summary>
internal enum RecordedFate
{
    /// <summary>The client gets it, and it is written down.</summary>
    Recorded,

    /// <summary>The client gets it.</summary>
    Passed,

    /// <summary>Nobody gets it.</summary>
    Dropped,
}
