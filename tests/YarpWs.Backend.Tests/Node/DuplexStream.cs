using System.IO.Pipelines;

namespace YarpWs.Backend.Tests.Node;

/// <summary>One end of a connection inside the process. Its buffers are bounded, so a reader who does not read stops the writer.</summary>
internal sealed class DuplexStream : Stream
{
    private readonly Stream _input;
    private readonly Stream _output;
    private volatile bool _isBroken;

    private DuplexStream(PipeReader input, PipeWriter output) => (_input, _output) = (input.AsStream(), output.AsStream());

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <param name="buffer">Bytes that one end may write before the other has read them.</param>
    public static (DuplexStream Server, DuplexStream Client) Pair(int buffer = 64 * 1024)
    {
        var options = new PipeOptions(pauseWriterThreshold: buffer, resumeWriterThreshold: buffer / 2, useSynchronizationContext: false);
        Pipe toServer = new(options), toClient = new(options);
        return (new DuplexStream(toServer.Reader, toClient.Writer), new DuplexStream(toClient.Reader, toServer.Writer));
    }

    /// <summary>From now on writing here fails, though reading goes on.</summary>
    public void BreakWriting() => _isBroken = true;

    /// <summary>Writes nothing more: the other end reads what was written, then the end.</summary>
    public Task EndWritingAsync()
    {
        _output.Dispose();
        return Task.CompletedTask;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _input.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _isBroken ? throw new IOException("The connection is broken.") : _output.WriteAsync(buffer, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => _output.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _input.Dispose();
        _output.Dispose();
        base.Dispose(disposing);
    }
}
