using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Tests.Transport;

public sealed class LoopStreamTests : IDisposable
{
    private readonly EventLoop _loop = new("test", TimeProvider.System);

    public void Dispose() => _loop.Dispose();

    [Fact]
    public async Task WhatWasReadAhead_ComesFirst()
    {
        using var pair = await SocketPair.OpenAsync(_loop);
        await using var stream = new LoopStream(pair.Near, new byte[] { 1, 2, 3 });
        pair.Far.Send([4]);

        Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty, Deadline.Token()));
        Assert.Equal([1, 2, 3, 4], await ReadAsync(stream, 4));
    }

    [Fact]
    public async Task TakenSocket_LivesOn_AndTheStreamHasEnded()
    {
        using var pair = await SocketPair.OpenAsync(_loop);
        var stream = new LoopStream(pair.Near);

        var taken = stream.Take();
        await stream.DisposeAsync();

        Assert.Same(pair.Near, taken);
        Assert.Null(stream.Take());
        Assert.Equal(0, await stream.ReadAsync(new byte[1], Deadline.Token()));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await stream.WriteAsync(new byte[1], Deadline.Token()));
        pair.Far.Send([5]);
        Assert.Equal(1, await taken!.ReceiveAsync(new byte[1], Deadline.Token()));
    }

    [Fact]
    public async Task TakenFromUnderAReader_NothingThatItHadReadIsLost()
    {
        using var pair = await SocketPair.OpenAsync(_loop);
        await using var outer = new BufferedStream(new LoopStream(pair.Near), 10_000);
        var sent = new byte[9_000];
        Random.Shared.NextBytes(sent);
        pair.Far.Send(sent);
        Assert.Equal(sent[..1], await ReadAsync(outer, 1));

        await using var taken = await LoopStream.TakeFromAsync(outer);
        pair.Far.Send([9]);

        Assert.Equal([.. sent[1..], 9], await ReadAsync(taken, sent.Length));
        Assert.Equal(0, await outer.ReadAsync(new byte[1], Deadline.Token()));
    }

    [Fact]
    public async Task ReaderThatHasEnded_HasNothingToTake() =>
        await Assert.ThrowsAsync<IOException>(async () => await LoopStream.TakeFromAsync(Stream.Null));

    [Fact]
    public async Task ReaderThatFails_LeavesTheNextStreamOfTheThread_ItsSocket()
    {
        using var pair = await SocketPair.OpenAsync(_loop);
        await using var stream = new LoopStream(pair.Near);

        // All of it on this thread: the failed try must leave nothing behind here.
        var taking = LoopStream.TakeFromAsync(new BrokenStream());
        Assert.True(taking.IsFaulted);
        pair.Far.Send([1, 2]);
        var reading = stream.ReadAsync(new byte[1], Deadline.Token());

        Assert.Equal(1, await reading);
        Assert.NotNull(stream.Take());
        await Assert.ThrowsAsync<NotSupportedException>(async () => await taking);
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }

    private static async Task<byte[]> ReadAsync(Stream stream, int count)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, Deadline.Token());
        return bytes;
    }
}
