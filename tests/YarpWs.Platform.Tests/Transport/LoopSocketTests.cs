using System.Net;
using System.Net.Sockets;
using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Tests.Transport;

public sealed class LoopSocketTests : IDisposable
{
    private readonly EventLoop _loop = new("test", TimeProvider.System);

    public void Dispose() => _loop.Dispose();

    [Fact]
    public async Task Read_WaitsForBytes_AndEndsWithThem()
    {
        using var pair = await SocketPair.OpenAsync(_loop);
        var buffer = new byte[8];

        var read = pair.Near.ReceiveAsync(buffer, Deadline.Token());
        Assert.False(read.IsCompleted);
        pair.Far.Send([1, 2, 3]);

        Assert.Equal(3, await read);
        Assert.Equal([1, 2, 3], buffer[..3]);
    }

    [Fact]
    public async Task Read_GoesOnInTheLoop()
    {
        using var pair = await SocketPair.OpenAsync(_loop);

        var thread = ThreadOfNextReadAsync(pair);
        pair.Far.Send([1]);

        Assert.Equal("test", await thread);
    }

    [Fact]
    public async Task ReadIntoNothing_EndsWhenThereAreBytes_AndTakesNone()
    {
        using var pair = await SocketPair.OpenAsync(_loop);

        var ready = pair.Near.ReceiveAsync(Memory<byte>.Empty, Deadline.Token());
        Assert.False(ready.IsCompleted);
        pair.Far.Send([1, 2]);

        Assert.Equal(0, await ready);
        Assert.Equal(2, await pair.Near.ReceiveAsync(new byte[8], Deadline.Token()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(100_000)]
    public async Task Bytes_ComeInOrder_HoweverTheBufferCutsThem(int size)
    {
        using var pair = await SocketPair.OpenAsync(_loop);
        var sent = new byte[300_000];
        Random.Shared.NextBytes(sent);
        var sending = Task.Run(() => pair.Far.Send(sent));

        var received = new byte[sent.Length];
        for (var at = 0; at < received.Length;)
        {
            at += await pair.Near.ReceiveAsync(received.AsMemory(at, Math.Min(size, received.Length - at)), Deadline.Token());
        }

        Assert.Equal(sent.Length, await sending);
        Assert.True(sent.AsSpan().SequenceEqual(received));
    }

    [Fact]
    public async Task WhatPeerSaidBeforeItsEnd_IsReadFirst()
    {
        using var pair = await SocketPair.OpenAsync(_loop);
        var ended = new TaskCompletionSource();
        pair.Near.OnEnded(ended.SetResult);

        pair.Far.Send([1, 2, 3]);
        pair.Far.Shutdown(SocketShutdown.Send);
        await ended.Task.WaitAsync(Deadline.Token());

        int[] counts = [await CountAsync(2), await CountAsync(2), await CountAsync(2), await CountAsync(2)];
        Assert.Equal([2, 1, 0, 0], counts);

        async Task<int> CountAsync(int size) => await pair.Near.ReceiveAsync(new byte[size], Deadline.Token());
    }

    [Fact]
    public async Task PeerThatEndedBeforeAnybodyAsked_IsToldAtOnce()
    {
        using var pair = await SocketPair.OpenAsync(_loop);
        pair.Far.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await pair.Near.ReceiveAsync(new byte[1], Deadline.Token()));

        var ended = new TaskCompletionSource();
        pair.Near.OnEnded(ended.SetResult);

        await ended.Task.WaitAsync(Deadline.Token());
    }

    [Fact]
    public async Task PeerThatEndsItsSendingSide_IsNotBroken_UntilItResets()
    {
        using var pair = await SocketPair.OpenAsync(_loop);
        TaskCompletionSource ended = new(), broken = new();
        pair.Near.OnEnded(ended.SetResult);
        pair.Near.OnBroken(broken.SetResult);

        pair.Far.Shutdown(SocketShutdown.Send);
        await ended.Task.WaitAsync(Deadline.Token());
        Assert.False(broken.Task.IsCompleted);
        pair.Far.Close(timeout: 0);

        await broken.Task.WaitAsync(Deadline.Token());
    }

    [Fact]
    public async Task PeerThatEnds_IsNotTold_ToWhoHasTakenTheQuestionBack()
    {
        using var pair = await SocketPair.OpenAsync(_loop);
        TaskCompletionSource former = new(), present = new();
        pair.Near.OnEnded(former.SetResult);
        pair.Near.TellNobody();
        pair.Near.OnEnded(present.SetResult);

        pair.Far.Shutdown(SocketShutdown.Send);

        await present.Task.WaitAsync(Deadline.Token());
        Assert.False(former.Task.IsCompleted);
    }

    [Fact]
    public async Task PeerThatResets_FailsTheRead()
    {
        using var pair = await SocketPair.OpenAsync(_loop);
        var read = pair.Near.ReceiveAsync(new byte[1], Deadline.Token());

        pair.Far.Close(timeout: 0);

        var failure = await Assert.ThrowsAnyAsync<IOException>(async () => await read);
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(failure.InnerException).SocketErrorCode);
    }

    [Fact]
    public async Task Write_WaitsForAPeerThatDoesNotRead_AndLosesNothing()
    {
        using var pair = await SocketPair.OpenAsync(_loop);
        var sent = new byte[32 * 1024 * 1024];
        Random.Shared.NextBytes(sent);

        var write = pair.Near.SendAsync(sent, Deadline.Token());
        Assert.False(write.IsCompleted);
        var received = Task.Run(() => pair.Receive(sent.Length));
        await write;

        Assert.True((await received).AsSpan().SequenceEqual(sent));
    }

    [Fact]
    public async Task CancelledRead_LeavesTheSocketAsItWas()
    {
        using var pair = await SocketPair.OpenAsync(_loop);
        using var cancellation = new CancellationTokenSource();
        var read = pair.Near.ReceiveAsync(new byte[1], cancellation.Token);

        await cancellation.CancelAsync();
        Assert.Equal(cancellation.Token, (await Assert.ThrowsAsync<OperationCanceledException>(async () => await read)).CancellationToken);

        pair.Far.Send([7]);
        var buffer = new byte[4];
        Assert.Equal(1, await pair.Near.ReceiveAsync(buffer, Deadline.Token()));
        Assert.Equal(7, buffer[0]);
    }

    [Fact]
    public async Task CancellationAtAnyMoment_EndsTheRead()
    {
        using var pair = await SocketPair.OpenAsync(_loop);
        using var bothReady = new Barrier(2);
        CancellationTokenSource? cancellation = null;
        const int Times = 2_000;
        var cancelling = Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; i < Times; i++)
                {
                    bothReady.SignalAndWait(Deadline.Token());
                    cancellation!.Cancel();
                }
            },
            TaskCreationOptions.LongRunning);

        for (var i = 0; i < Times; i++)
        {
            using var source = cancellation = new CancellationTokenSource();
            bothReady.SignalAndWait(Deadline.Token());
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pair.Near.ReceiveAsync(new byte[1], source.Token).AsTask().WaitAsync(Deadline.Token()));
        }

        await cancelling;
        pair.Far.Send([1]);
        Assert.Equal(1, await pair.Near.ReceiveAsync(new byte[4], Deadline.Token()));
    }

    [Fact]
    public async Task CancelledWrite_EndsWithoutThePeer()
    {
        using var pair = await SocketPair.OpenAsync(_loop);
        using var cancellation = new CancellationTokenSource();
        var write = pair.Near.SendAsync(new byte[32 * 1024 * 1024], cancellation.Token);
        Assert.False(write.IsCompleted);

        await cancellation.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(async () => await write);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Closed_EndsWhatWaits_InTheLoopAndNotInTheCaller(bool isAbortive)
    {
        using var pair = await SocketPair.OpenAsync(_loop);
        var read = FailureAsync(pair.Near.ReceiveAsync(new byte[1], CancellationToken.None));
        var write = FailureAsync(WholeAsync(pair.Near.SendAsync(new byte[32 * 1024 * 1024], CancellationToken.None)));

        if (isAbortive)
        {
            pair.Near.Abort();
        }
        else
        {
            pair.Near.Dispose();
        }

        var (failure, thread) = await read.WaitAsync(Deadline.Token());
        Assert.Equal("test", thread);
        Assert.IsType<ObjectDisposedException>(failure);
        (failure, _) = await write.WaitAsync(Deadline.Token());
        Assert.IsType<ObjectDisposedException>(failure);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await pair.Near.ReceiveAsync(new byte[1], CancellationToken.None));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await pair.Near.SendAsync(new byte[1], CancellationToken.None));
    }

    [Fact]
    public async Task Aborted_TellsThePeerByAReset_Disposed_ByAnEnd()
    {
        using var aborted = await SocketPair.OpenAsync(_loop);
        using var disposed = await SocketPair.OpenAsync(_loop);

        aborted.Near.Abort();
        disposed.Near.Dispose();

        Assert.Equal(SocketError.ConnectionReset, Assert.Throws<SocketException>(() => aborted.Far.Receive(new byte[1])).SocketErrorCode);
        Assert.Equal(0, disposed.Far.Receive(new byte[1]));
    }

    /// <summary>The system answers bytes that nobody has read with a reset; the end comes first, all the same.</summary>
    [Fact]
    public async Task Disposed_EndsInOrder_ThoughNotAllWasRead()
    {
        using var pair = await SocketPair.OpenAsync(_loop);
        pair.Far.Send([1, 2, 3]);
        await pair.Near.ReceiveAsync(Memory<byte>.Empty, Deadline.Token());
        await pair.Near.SendAsync(new byte[] { 4 }, Deadline.Token());

        pair.Near.Dispose();

        Assert.Equal(1, await pair.Far.ReceiveAsync(new byte[2], Deadline.Token()));
        Assert.Equal(0, await pair.Far.ReceiveAsync(new byte[2], Deadline.Token()));
    }

    [Fact]
    public async Task PeerThatFloods_LeavesOthersTheirTurn()
    {
        using var loud = await SocketPair.OpenAsync(_loop);
        using var quiet = await SocketPair.OpenAsync(_loop);
        using var stop = new CancellationTokenSource();
        var flood = FloodAsync(loud.Far, stop.Token);
        var drain = DrainAsync(loud.Near, stop.Token);

        for (byte i = 0; i < 100; i++)
        {
            quiet.Far.Send([i]);
            var buffer = new byte[1];
            Assert.Equal(1, await quiet.Near.ReceiveAsync(buffer, Deadline.Token()));
            Assert.Equal(i, buffer[0]);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => drain);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flood);
    }

    [Fact]
    public async Task Address_WhereNobodyListens_IsRefused()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        var failure = await Assert.ThrowsAsync<SocketException>(() => LoopSocket.ConnectAsync((IPEndPoint)listener.LocalEndPoint!, _loop, descriptors: null, Deadline.Token()));

        Assert.Equal(SocketError.ConnectionRefused, failure.SocketErrorCode);
    }

    [Fact]
    public async Task SocketThatJoinsAnother_IsServedByItsLoop()
    {
        using var other = new EventLoop("other", TimeProvider.System);
        using var pair = await SocketPair.OpenAsync(_loop);
        using var partner = await SocketPair.OpenAsync(other);

        pair.Near.Join(partner.Near);
        var thread = ThreadOfNextReadAsync(pair);
        pair.Far.Send([1]);

        Assert.Equal("other", await thread);
    }

    [Fact]
    public async Task SocketThatJoinsAnother_OutlivesTheLoopThatItCameFrom()
    {
        using var other = new EventLoop("other", TimeProvider.System);
        using var pair = await SocketPair.OpenAsync(_loop);
        using var partner = await SocketPair.OpenAsync(other);

        pair.Near.Join(partner.Near);
        _loop.Dispose();
        pair.Far.Send([1]);

        Assert.Equal(1, await pair.Near.ReceiveAsync(new byte[4], Deadline.Token()));
    }

    [Fact]
    public async Task SocketThatJoinsAnother_FindsWhatHadComeBefore()
    {
        using var other = new EventLoop("other", TimeProvider.System);
        using var pair = await SocketPair.OpenAsync(_loop);
        using var partner = await SocketPair.OpenAsync(other);
        pair.Far.Send([1]);
        await pair.Near.ReceiveAsync(Memory<byte>.Empty, Deadline.Token());

        pair.Near.Join(partner.Near);

        Assert.Equal(1, await pair.Near.ReceiveAsync(new byte[4], Deadline.Token()));
    }

    [Fact]
    public async Task LoopThatEnds_EndsItsSockets_AndWhatWaitsOnThem()
    {
        var loop = new EventLoop("ending", TimeProvider.System);
        using var pair = await SocketPair.OpenAsync(loop);
        var read = pair.Near.ReceiveAsync(new byte[1], CancellationToken.None).AsTask();

        loop.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => read.WaitAsync(Deadline.Token()));
        Assert.Equal(0, pair.Far.Receive(new byte[1]));
    }

    [Fact]
    public async Task LoopThatEndsItself_DoesNotWaitForItself()
    {
        var loop = new EventLoop("ending", TimeProvider.System);
        using var pair = await SocketPair.OpenAsync(loop);
        var ended = EndInsideAsync(pair.Near, loop);

        pair.Far.Send([1]);

        await ended.WaitAsync(Deadline.Token());
    }

    private static async Task EndInsideAsync(LoopSocket socket, EventLoop loop)
    {
        await socket.ReceiveAsync(new byte[1], Deadline.Token());
        loop.Dispose();
    }

    private static async Task<string?> ThreadOfNextReadAsync(SocketPair pair)
    {
        await pair.Near.ReceiveAsync(new byte[1], Deadline.Token());
        return Thread.CurrentThread.Name;
    }

    private static async Task<(Exception? Failure, string? Thread)> FailureAsync(ValueTask<int> operation)
    {
        try
        {
            await operation;
            return default;
        }
        catch (Exception exception)
        {
            return (exception, Thread.CurrentThread.Name);
        }
    }

    private static async ValueTask<int> WholeAsync(ValueTask write)
    {
        await write;
        return 0;
    }

    private static async Task FloodAsync(Socket socket, CancellationToken stop)
    {
        await Task.Yield();
        var much = new byte[256 * 1024];
        while (true)
        {
            await socket.SendAsync(much, stop);
        }
    }

    private static async Task DrainAsync(LoopSocket socket, CancellationToken stop)
    {
        var buffer = new byte[64 * 1024];
        while (true)
        {
            await socket.ReceiveAsync(buffer, stop);
        }
    }
}
