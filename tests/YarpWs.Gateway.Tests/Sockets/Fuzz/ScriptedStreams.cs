namespace YarpWs.Gateway.Tests.Sockets.Fuzz;

/// <summary>Gives its bytes in pieces of given lengths, and in front of each lets something happen. A read ends at once.</summary>
internal sealed class ScriptedStream(byte[] bytes, int[] lengths, Action<int> beforeRead) : MemoryStream
{
    private int _at;
    private int _reads;

    public int LargestBuffer { get; private set; }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length == 0)
        {
            return ValueTask.FromResult(0);
        }

        LargestBuffer = Math.Max(LargestBuffer, buffer.Length);
        beforeRead(_reads);
        var length = lengths.Length == 0 ? int.MaxValue : lengths[_reads % lengths.Length];
        var count = Math.Min(Math.Min(length, buffer.Length), bytes.Length - _at);

        // Whoever takes more than was read takes these.
        buffer.Span.Fill(0xEE);
        bytes.AsMemory(_at, count).CopyTo(buffer);
        (_at, _reads) = (_at + count, _reads + 1);
        return ValueTask.FromResult(count);
    }
}

/// <summary>Keeps what is written. A write ends at once, or waits to be released; meanwhile its bytes must stay, and no other may begin.</summary>
internal sealed class BlockableStream : MemoryStream
{
    private readonly List<byte> _written = [];
    private TaskCompletionSource? _blocked;
    private (ReadOnlyMemory<byte> Lent, byte[] Copy) _writing;
    private bool _blockNext;

    public byte[] Written => [.. _written];

    public bool IsBlocked => _blocked is not null;

    public void BlockNext() => _blockNext = true;

    public void Release()
    {
        var blocked = _blocked!;
        _blocked = null;
        Assert.Equal(_writing.Copy, _writing.Lent.ToArray());
        blocked.SetResult();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Assert.False(IsBlocked, "Two writes at once.");
        _written.AddRange(buffer.Span);
        if (!_blockNext)
        {
            return ValueTask.CompletedTask;
        }

        _blockNext = false;
        _writing = (buffer, buffer.ToArray());
        _blocked = new TaskCompletionSource();
        return new ValueTask(_blocked.Task);
    }
}
