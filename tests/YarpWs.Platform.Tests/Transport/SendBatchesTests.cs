using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Tests.Transport;

public sealed class SendBatchesTests : IDisposable
{
    private const int NotPermitted = 1;
    private const int NoDescriptor = 24;

    private readonly EventLoop _loop = new("test", TimeProvider.System);
    private readonly Lines _log = new();

    public void Dispose() => _loop.Dispose();

    [Fact]
    public async Task Writes_EndWithTheirBatch_AndReachEachPeer()
    {
        using var batches = Batches();
        using var first = await OpenAsync();
        using var second = await OpenAsync();
        byte[] message = [1, 2, 3];

        bool[] endedBefore;
        Task[] writes;
        using (batches.Begin())
        {
            writes = [first.Near.SendAsync(message, Deadline.Token()).AsTask(), second.Near.SendAsync(message, Deadline.Token()).AsTask()];
            endedBefore = [.. writes.Select(write => write.IsCompleted)];
        }

        Assert.Equal([false, false], endedBefore);
        Assert.All(writes, write => Assert.True(write.IsCompletedSuccessfully));
        Assert.Equal(message, first.Receive(3));
        Assert.Equal(message, second.Receive(3));
        Assert.Equal(2, batches.Count);
    }

    [Fact]
    public async Task MoreWritesThanOneSystemCallTakes_AllEnd()
    {
        using var batches = Batches();
        var pairs = new List<SocketPair>();
        for (var i = 0; i < SendBatch.Capacity + 10; i++)
        {
            pairs.Add(await OpenAsync());
        }

        Task[] writes;
        using (batches.Begin())
        {
            writes = [.. pairs.Select((pair, number) => pair.Near.SendAsync(BitConverter.GetBytes(number), Deadline.Token()).AsTask())];
        }

        Assert.All(writes, write => Assert.True(write.IsCompletedSuccessfully));
        Assert.All(pairs.Select((pair, number) => (pair, number)), of => Assert.Equal(of.number, BitConverter.ToInt32(of.pair.Receive(sizeof(int)))));
        pairs.ForEach(pair => pair.Dispose());
    }

    [Fact]
    public async Task WriteThatFollowsOneOfTheBatch_ComesBehindIt()
    {
        using var batches = Batches();
        using var pair = await OpenAsync();

        Task both;
        using (batches.Begin())
        {
            both = SendTwiceAsync(pair.Near);
        }

        await both.WaitAsync(Deadline.Token());
        Assert.Equal([1, 2], pair.Receive(2));

        static async Task SendTwiceAsync(LoopSocket socket)
        {
            await socket.SendAsync(new byte[] { 1 }, Deadline.Token());
            await socket.SendAsync(new byte[] { 2 }, Deadline.Token());
        }
    }

    [Fact]
    public async Task LargeWrite_IsMadeAtOnce()
    {
        using var batches = Batches();
        using var pair = await OpenAsync();

        using (batches.Begin())
        {
            Assert.True(pair.Near.SendAsync(new byte[SendBatch.MaxBytes + 1], Deadline.Token()).AsTask().IsCompletedSuccessfully);
        }

        Assert.Equal(0, batches.Count);
    }

    [Fact]
    public async Task WriteToAPeerThatDoesNotRead_GoesOnInItsLoop_AndLosesNothing()
    {
        using var batches = Batches();
        using var pair = await SocketPair.OpenUnixAsync(_loop);
        var ahead = Fill(pair.Near.Socket);

        Task<string?> write;
        using (batches.Begin())
        {
            write = ThreadAfterAsync(pair.Near.SendAsync(new byte[] { 1, 2, 3 }, Deadline.Token()).AsTask());
        }

        Assert.False(write.IsCompleted);
        var received = pair.Receive(ahead + 3);
        Assert.Equal("test", await write.WaitAsync(Deadline.Token()));
        Assert.Equal([1, 2, 3], received[^3..]);
    }

    [Fact]
    public async Task WriteThatWaitsAfterItsBatch_CanBeCancelled()
    {
        using var batches = Batches();
        using var pair = await SocketPair.OpenUnixAsync(_loop);
        Fill(pair.Near.Socket);
        using var cancellation = new CancellationTokenSource();

        Task write;
        using (batches.Begin())
        {
            write = pair.Near.SendAsync(new byte[] { 1 }, cancellation.Token).AsTask();
        }

        await cancellation.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => write);
    }

    [Fact]
    public async Task PeerThatHasReset_FailsItsOwnWriteAlone()
    {
        using var batches = Batches();
        using var gone = await OpenAsync();
        using var there = await OpenAsync();
        var broken = new TaskCompletionSource();
        gone.Near.OnBroken(broken.SetResult);
        gone.Far.Close(timeout: 0);
        await broken.Task.WaitAsync(Deadline.Token());

        Task failing, passing;
        using (batches.Begin())
        {
            failing = gone.Near.SendAsync(new byte[] { 1 }, Deadline.Token()).AsTask();
            passing = there.Near.SendAsync(new byte[] { 2 }, Deadline.Token()).AsTask();
        }

        await Assert.ThrowsAnyAsync<IOException>(() => failing);
        Assert.True(passing.IsCompletedSuccessfully);
        Assert.Equal([2], there.Receive(1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SocketThatIsClosedWhileItsWriteIsCollected_KeepsItsDescriptor_UntilTheBatchIsSent(bool isAbortive)
    {
        using var batches = Batches();
        using var pair = await OpenAsync();
        var others = new List<Socket>();
        var read = pair.Near.ReceiveAsync(new byte[1], CancellationToken.None).AsTask();
        var descriptor = pair.Near.Socket.Handle;

        using (batches.Begin())
        {
            _ = pair.Near.SendAsync(new byte[] { 1 }, CancellationToken.None).AsTask();
            if (isAbortive)
            {
                pair.Near.Abort();
            }
            else
            {
                pair.Near.Dispose();
            }

            for (var i = 0; i < 20; i++)
            {
                others.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            }

            Assert.True(pair.Near.IsClosed);
            Assert.False(pair.Near.Socket.SafeHandle.IsClosed);
        }

        Assert.DoesNotContain(descriptor, others.Select(other => other.Handle));
        Assert.True(pair.Near.Socket.SafeHandle.IsClosed);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => read.WaitAsync(Deadline.Token()));
        others.ForEach(other => other.Dispose());
    }

    [Fact]
    public async Task WriteToAClosedSocket_Fails()
    {
        using var batches = Batches();
        using var pair = await OpenAsync();
        pair.Near.Dispose();

        using (batches.Begin())
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => pair.Near.SendAsync(new byte[] { 1 }, CancellationToken.None).AsTask());
        }
    }

    /// <summary>What io_uring makes of random writes, slow and leaving peers, and sockets that are closed at any moment, and what single system calls make of them.</summary>
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(1, false)]
    public async Task RandomWrites_ReachPeersWholeAndInOrder(int seed, bool isBatched)
    {
        var random = new Random(seed);
        using var batches = isBatched ? Batches() : new SendBatches(_log, Refused);
        var members = new List<Member>();
        for (var i = 0; i < 40; i++)
        {
            members.Add(new Member(await SocketPair.OpenUnixAsync(_loop)));
        }

        for (var round = 0; round < 1_000; round++)
        {
            using var closing = new ManualResetEventSlim();
            var closed = random.Next(50) == 0 ? members[random.Next(members.Count)] : null;
            var isAbortive = random.Next(2) == 0;
            var closer = closed is null
                ? Task.CompletedTask
                : Task.Run(
                    () =>
                    {
                        closing.Wait(Deadline.Token());
                        closed.Close(isAbortive);
                    },
                    Deadline.Token());
            using (batches.Begin())
            {
                foreach (var member in members.Where(member => member.MayWrite && random.Next(4) > 0))
                {
                    var message = new byte[random.Next(10) == 0 ? random.Next(1, 3 * SendBatch.MaxBytes) : random.Next(1, 200)];
                    random.NextBytes(message);
                    member.Write(message);
                    closing.Set();
                }
            }

            closing.Set();
            await closer;
            foreach (var member in members.Where(_ => random.Next(8) == 0))
            {
                member.Read(random.Next(1, 4096));
            }

            if (random.Next(100) == 0)
            {
                members[random.Next(members.Count)].PeerLeaves(isAbortive: random.Next(2) == 0);
            }
        }

        foreach (var member in members)
        {
            await member.CheckAsync();
        }

        Assert.Contains(members, member => member.WasChecked);
        Assert.Equal(isBatched, batches.Count > 0);
    }

    [Fact]
    public async Task KernelThatAllowsNoRing_IsAskedOnce_AndToldOnce_AndWritesAreMadeAtOnce()
    {
        var asked = 0;
        using var batches = new SendBatches(_log, (int _, out int error) =>
        {
            asked++;
            error = NotPermitted;
            return null;
        });
        using var pair = await OpenAsync();

        Assert.Null(batches.Begin());
        using (batches.Begin())
        {
            Assert.True(pair.Near.SendAsync(new byte[] { 1 }, Deadline.Token()).AsTask().IsCompletedSuccessfully);
        }

        Assert.Equal(1, asked);
        Assert.Contains("Operation not permitted", Assert.Single(_log.All), StringComparison.Ordinal);
    }

    [Fact]
    public void WantOfDescriptors_PassesBy()
    {
        if (!IsAllowed())
        {
            Assert.Skip("This kernel has no io_uring for this process.");
        }

        var isShort = true;
        using var batches = new SendBatches(_log, (int capacity, out int error) =>
        {
            error = NoDescriptor;
            return isShort ? null : SendRing.TryOpen(capacity, out error);
        });

        Assert.Null(batches.Begin());
        isShort = false;
        using var batch = batches.Begin();

        Assert.NotNull(batch);
        Assert.Empty(_log.All);
    }

    [Fact]
    public async Task RingThatTheKernelRefuses_LosesNoWrite_AndIsTheLast()
    {
        var before = Rings();
        using var batches = Batches();
        using var pair = await OpenAsync();

        Task write;
        using (batches.Begin())
        {
            write = pair.Near.SendAsync(new byte[] { 1, 2 }, Deadline.Token()).AsTask();
            using var nothing = File.OpenHandle("/dev/null");
            Assert.True(Duplicate((int)nothing.DangerousGetHandle(), Assert.Single(Rings().Except(before))) >= 0);
        }

        Assert.True(write.IsCompletedSuccessfully);
        Assert.Equal([1, 2], pair.Receive(2));
        Assert.Null(batches.Begin());
        Assert.Single(_log.All);
    }

    [Fact]
    public void ThreadThatCollectsAlready_BeginsNoOther()
    {
        using var batches = Batches();
        using var outer = batches.Begin();

        Assert.NotNull(outer);
        Assert.Null(batches.Begin());
    }

    [Fact]
    public void Rings_AreBounded_AndClosedWithTheirOwner()
    {
        var before = Rings();
        var batches = Batches();
        using var all = new Barrier(Environment.ProcessorCount + 2);
        var found = 0;
        var threads = Enumerable.Range(0, Environment.ProcessorCount + 2).Select(_ => new Thread(() =>
        {
            using var batch = batches.Begin();
            Interlocked.Add(ref found, batch is null ? 0 : 1);
            all.SignalAndWait(Deadline.Length);
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        Assert.Equal(Environment.ProcessorCount, found);
        Assert.Equal(Environment.ProcessorCount, Rings().Except(before).Count());
        batches.Dispose();
        Assert.Empty(Rings().Except(before));
        Assert.Null(batches.Begin());
    }

    [Fact]
    public void BatchThatIsUnderWayWhenItsOwnerEnds_ClosesItsRing()
    {
        var before = Rings();
        var batches = Batches();

        using (batches.Begin())
        {
            batches.Dispose();
            Assert.Single(Rings().Except(before));
        }

        Assert.Empty(Rings().Except(before));
    }

    private static SendRing? Refused(int capacity, out int error)
    {
        error = NotPermitted;
        return null;
    }

    private static bool IsAllowed()
    {
        using var ring = SendRing.TryOpen(1, out _);
        return ring is not null;
    }

    /// <summary>Sends until the kernel takes nothing more. Returns how many bytes that were.</summary>
    private static int Fill(Socket socket)
    {
        var (count, sent) = (0, 0);
        while ((sent = socket.Send(new byte[64 * 1024], SocketFlags.None, out _)) > 0)
        {
            count += sent;
        }

        return count;
    }

    private static async Task<string?> ThreadAfterAsync(Task write)
    {
        await write;
        return Thread.CurrentThread.Name;
    }

    private static HashSet<int> Rings() =>
        [.. Directory.GetFiles("/proc/self/fd").Where(path => new FileInfo(path).LinkTarget == "anon_inode:[io_uring]").Select(path => int.Parse(Path.GetFileName(path), null))];

    [DllImport("libc", EntryPoint = "dup2")]
    private static extern int Duplicate(int descriptor, int onto);

    /// <summary>What follows a connect goes on in the loop, which a test that blocks would hold up; so it leaves it here.</summary>
    private async Task<SocketPair> OpenAsync()
    {
        var pair = await SocketPair.OpenAsync(_loop);
        await Task.Yield();
        return pair;
    }

    private SendBatches Batches()
    {
        if (!IsAllowed())
        {
            Assert.Skip("This kernel has no io_uring for this process.");
        }

        return new SendBatches(_log);
    }

    /// <summary>A socket, what was written to it, and what its peer has read.</summary>
    private sealed class Member
    {
        private readonly SocketPair _pair;
        private readonly List<byte> _written = [];
        private readonly List<byte> _read = [];
        private readonly byte[] _buffer = new byte[64 * 1024];
        private Task _write = Task.CompletedTask;
        private volatile bool _isClosed;
        private bool _hasPeer = true;

        public Member(SocketPair pair)
        {
            _pair = pair;
            // Full before long: what is larger than half of it is taken in pieces.
            pair.Near.Socket.SendBufferSize = 2 * 1024;
            pair.Far.Blocking = false;
        }

        /// <summary>Whether all that was written was compared with what was read.</summary>
        public bool WasChecked { get; private set; }

        public bool MayWrite => _write.IsCompleted && !_write.IsFaulted;

        public void Write(byte[] message)
        {
            _written.AddRange(message);
            _write = _pair.Near.SendAsync(message, CancellationToken.None).AsTask();
        }

        public int Read(int count)
        {
            if (!_hasPeer)
            {
                return 0;
            }

            var read = _pair.Far.Receive(_buffer.AsSpan(0, count), SocketFlags.None, out _);
            _read.AddRange(_buffer.AsSpan(0, read));
            return read;
        }

        public void PeerLeaves(bool isAbortive)
        {
            _hasPeer = false;
            _pair.Far.Close(isAbortive ? 0 : -1);
        }

        public void Close(bool isAbortive)
        {
            _isClosed = true;
            if (isAbortive)
            {
                _pair.Near.Abort();
            }
            else
            {
                _pair.Near.Dispose();
            }
        }

        /// <summary>Whatever became of it, its last write ends, and what has come is what was written, from the first byte on.</summary>
        public async Task CheckAsync()
        {
            if (_hasPeer)
            {
                using var deadline = new CancellationTokenSource(Deadline.Length);
                while (!_write.IsCompleted || (!_isClosed && _read.Count < _written.Count))
                {
                    Assert.False(
                        deadline.IsCancellationRequested,
                        $"{_read.Count} of {_written.Count} bytes were read; the last write is {_write.Status}, the socket {(_isClosed ? "closed" : "open")}.");
                    if (Read(_buffer.Length) == 0)
                    {
                        _pair.Far.Poll(TimeSpan.FromMilliseconds(10), SelectMode.SelectRead);
                    }
                }

                Assert.True(CollectionsMarshal.AsSpan(_written).StartsWith(CollectionsMarshal.AsSpan(_read)));
                WasChecked |= !_isClosed;
            }
            else
            {
                // It is told of its peer by an error, or has been closed.
                await _write.WaitAsync(Deadline.Token()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            if (_write.IsFaulted)
            {
                Assert.True(_isClosed || !_hasPeer);
                Assert.True(_write.Exception!.InnerException is IOException or ObjectDisposedException);
            }

            _pair.Dispose();
        }
    }

    private sealed class Lines : ILogger<SendBatches>
    {
        public List<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Add(formatter(state, exception));
    }
}
