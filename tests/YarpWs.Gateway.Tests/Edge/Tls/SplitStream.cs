namespace YarpWs.Gateway.Tests.Edge.Tls;

/// <summary>A connection on which what is written goes out in pieces of a size, each a write of its own, or breaks off after so many bytes.</summary>
internal sealed class SplitStream(Stream inner) : Stream
{
    /// <summary>Bytes that go out at once.</summary>
    public int Piece { get; set; } = int.MaxValue;

    /// <summary>Bytes that still go out; the rest is dropped without a word.</summary>
    public long Left { get; set; } = long.MaxValue;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        buffer = buffer[..(int)Math.Min(buffer.Length, Left)];
        Left -= buffer.Length;
        while (!buffer.IsEmpty)
        {
            var count = Math.Min(Piece, buffer.Length);
            await inner.WriteAsync(buffer[..count], cancellationToken);
            buffer = buffer[count..];
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        inner.Dispose();
        base.Dispose(disposing);
    }
}
