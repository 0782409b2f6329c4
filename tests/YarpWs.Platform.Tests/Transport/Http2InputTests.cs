using System.Buffers.Binary;
using System.IO.Pipelines;
using Microsoft.Extensions.Time.Testing;
using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Tests.Transport;

public sealed class Http2InputTests
{
    private const byte Data = 0, Headers = 1, RstStream = 3;

    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    private readonly FakeTimeProvider _time = new();
    private readonly Pipe _client = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
    private readonly Http2Sockets _sockets;
    private readonly Http2Input _input;

    public Http2InputTests()
    {
        _sockets = new Http2Sockets(_time);
        _input = new Http2Input(_client.Reader, _sockets);
    }

    [Fact]
    public async Task End_IsShown_OnceTheSocketsHaveBeenReadUpToIt()
    {
        var socket = Open(1, "hello");
        await SendAsync([.. Preface, .. Frame(Data, 1, "hello"u8.ToArray())]);
        await _client.Writer.CompleteAsync();
        Assert.Equal(Preface.Length + 9 + 5, (await ReadAsync(_input)).Length);

        var end = _input.ReadAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(end.IsCompleted);
        await socket.ReadExactlyAsync(new byte[4], TestContext.Current.CancellationToken);
        Assert.False(end.IsCompleted);
        await socket.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken);

        Assert.True((await end.WaitAsync(Deadline, TestContext.Current.CancellationToken)).IsCompleted);
    }

    [Fact]
    public async Task Failure_IsShown_OnceTheSocketsHaveBeenReadUpToIt()
    {
        var socket = Open(1, "hello");
        await SendAsync([.. Preface, .. Frame(Data, 1, "hello"u8.ToArray())]);
        await ReadAsync(_input);
        await _client.Writer.CompleteAsync(new IOException("reset"));

        var end = _input.ReadAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(end.IsCompleted);
        await socket.ReadExactlyAsync(new byte[5], TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<IOException>(() => end.WaitAsync(Deadline, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task End_IsShown_WhenASocketIsNotReadAnyMore()
    {
        var socket = Open(1, "hello");
        await SendAsync([.. Preface, .. Frame(Data, 1, "hello"u8.ToArray())]);
        await ReadAsync(_input);
        await _client.Writer.CompleteAsync();
        var end = _input.ReadAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(end.IsCompleted);

        await socket.DisposeAsync();

        Assert.True((await end.WaitAsync(Deadline, TestContext.Current.CancellationToken)).IsCompleted);
    }

    [Fact]
    public async Task End_IsHeldBack_NoLongerThanItMayBe()
    {
        Open(1, "hello");
        await SendAsync([.. Preface, .. Frame(Data, 1, "hello"u8.ToArray())]);
        await ReadAsync(_input);
        await _client.Writer.CompleteAsync();
        var end = _input.ReadAsync(TestContext.Current.CancellationToken).AsTask();

        _time.Advance(Http2Sockets.LongestHold);

        Assert.True((await end.WaitAsync(Deadline, TestContext.Current.CancellationToken)).IsCompleted);
    }

    [Fact]
    public async Task PieceOfAFrame_IsWaitedForByNobody()
    {
        Open(1, "");
        await SendAsync([.. Preface, .. Frame(Data, 1, new byte[100]).AsSpan(..50)]);
        await ReadAsync(_input);
        await _client.Writer.CompleteAsync();

        Assert.True((await _input.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Deadline, TestContext.Current.CancellationToken)).IsCompleted);
    }

    public static TheoryData<int> Pieces => [1, 2, 3, 5, 8, 9, 10, 11, 17, 23, 24, 25, 33, 1000];

    [Theory]
    [MemberData(nameof(Pieces))]
    public async Task Reset_OfASocketThatIsNotReadUp_ComesLater_AndAllElseGoesOn_HoweverTheBytesCome(int piece)
    {
        var socket = Open(3, "hello world");
        byte[] before =
        [
            .. Preface, .. Frame(Headers, 3, new byte[30]), .. Frame(Data, 3, "hello"u8.ToArray()), .. Frame(Data, 5, new byte[40]), .. Frame(RstStream, 5, new byte[4]),
            .. Frame(Data, 3, [3, .. " world"u8, 0, 0, 0], flags: 8), .. Frame(Data, 3, []),
        ];
        byte[] reset = Frame(RstStream, 3, [0, 0, 0, 8]);
        byte[] after = [.. Frame(Headers, 7, new byte[10]), .. Frame(Data, 7, new byte[50])];
        var sending = SendInPiecesAsync([.. before, .. reset, .. after], piece);
        var shown = new MemoryStream();
        await ReadToAsync(shown, before.Length + after.Length);
        var rest = _input.ReadAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(rest.IsCompleted);

        await socket.ReadExactlyAsync(new byte[11], TestContext.Current.CancellationToken);
        Take(await rest.WaitAsync(Deadline, TestContext.Current.CancellationToken), shown);

        await sending;
        Assert.Equal([.. before, .. after, .. reset], shown.ToArray());
    }

    [Fact]
    public async Task Reset_OfASocketThatIsReadUp_StaysInItsPlace()
    {
        var socket = Open(1, "hello");
        byte[] data = [.. Preface, .. Frame(Data, 1, "hello"u8.ToArray())];
        await SendAsync(data);
        await ReadAsync(_input);
        await socket.ReadExactlyAsync(new byte[5], TestContext.Current.CancellationToken);
        byte[] reset = [.. Frame(RstStream, 1, [0, 0, 0, 8]), .. Frame(Headers, 3, new byte[10])];

        await SendAsync(reset);

        Assert.Equal(reset, await ReadAsync(_input));
    }

    [Fact]
    public async Task Reset_IsHeldBack_NoLongerThanItMayBe()
    {
        Open(1, "hello");
        await SendAsync([.. Preface, .. Frame(Data, 1, "hello"u8.ToArray()), .. Frame(RstStream, 1, [0, 0, 0, 8])]);
        await ReadAsync(_input);
        var reset = _input.ReadAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(reset.IsCompleted);

        _time.Advance(Http2Sockets.LongestHold);

        Assert.Equal(13, (await reset.WaitAsync(Deadline, TestContext.Current.CancellationToken)).Buffer.Length);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(9)]
    [InlineData(20)]
    public async Task Reset_ThatComesLater_StandsBetweenTwoFrames(int begun)
    {
        var socket = Open(1, "hello");
        byte[] before = [.. Preface, .. Frame(Data, 1, "hello"u8.ToArray())];
        byte[] reset = Frame(RstStream, 1, [0, 0, 0, 8]);
        byte[] after = Frame(Headers, 3, new byte[30]);
        await SendAsync([.. before, .. reset, .. after.AsSpan(..begun)]);
        var shown = new MemoryStream();
        await ReadToAsync(shown, before.Length + (begun < 9 ? 0 : begun));

        await socket.ReadExactlyAsync(new byte[5], TestContext.Current.CancellationToken);
        await SendAsync([.. after.AsSpan(begun..), .. after]);
        await ReadToAsync(shown, before.Length + reset.Length + (2 * after.Length));

        byte[][] good = [[.. before, .. reset, .. after, .. after], [.. before, .. after, .. reset, .. after], [.. before, .. after, .. after, .. reset]];
        Assert.Contains(shown.ToArray(), good[(begun < 9 ? 0 : 1)..]);
    }

    [Fact]
    public async Task SecondReset_OfTheSameSocket_SaysNothing()
    {
        var socket = Open(1, "hello");
        byte[] data = [.. Preface, .. Frame(Data, 1, "hello"u8.ToArray())];
        byte[] reset = Frame(RstStream, 1, [0, 0, 0, 8]);
        byte[] after = Frame(Headers, 3, new byte[10]);
        await SendAsync([.. data, .. reset, .. reset, .. after]);
        var shown = new MemoryStream();
        await ReadToAsync(shown, data.Length + after.Length);
        await socket.ReadExactlyAsync(new byte[5], TestContext.Current.CancellationToken);
        await ReadToAsync(shown, data.Length + after.Length + reset.Length);
        await _client.Writer.CompleteAsync();

        Assert.Empty(await ReadAsync(_input));
        Assert.Equal([.. data, .. after, .. reset], shown.ToArray());
    }

    /// <summary>What the read fills would go back to the pool under it.</summary>
    [Fact]
    public async Task Input_ThatIsEnded_EndsAReadBesideAResetFirst()
    {
        var socket = Open(1, "hello");
        var client = new UnendingStream([.. Preface, .. Frame(Data, 1, "hello"u8.ToArray()), .. Frame(RstStream, 1, [0, 0, 0, 8])]);
        var input = new Http2Input(PipeReader.Create(client), _sockets);
        await ReadAsync(input);
        var reset = input.ReadAsync(TestContext.Current.CancellationToken).AsTask();
        await socket.ReadExactlyAsync(new byte[5], TestContext.Current.CancellationToken);
        input.AdvanceTo((await reset.WaitAsync(Deadline, TestContext.Current.CancellationToken)).Buffer.End);

        var ending = input.CompleteAsync().AsTask();

        await client.ReadIsCancelled.WaitAsync(Deadline, TestContext.Current.CancellationToken);
        Assert.False(client.IsDisposed);
        client.EndRead();
        await ending.WaitAsync(Deadline, TestContext.Current.CancellationToken);
        Assert.True(client.IsDisposed);
    }

    [Fact]
    public async Task Read_ThatFindsNothing_SaysSo_BeforeItWaits()
    {
        var waits = 0;
        var input = new Http2Input(_client.Reader, _sockets, () => waits++);
        await SendAsync(Preface);
        await ReadAsync(input);
        Assert.Equal(0, waits);

        var waiting = input.ReadAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.Equal((1, false), (waits, waiting.IsCompleted));

        await SendAsync(Frame(Headers, 1, [1, 2, 3]));
        await waiting.WaitAsync(Deadline, TestContext.Current.CancellationToken);
        Assert.Equal(1, waits);
    }

    [Fact]
    public async Task BytesOfAnotherProtocol_GoThrough()
    {
        Open(1, "never read");
        var request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n and whatever follows it, which may look like anything"u8.ToArray();
        await SendAsync(request);
        await _client.Writer.CompleteAsync();

        Assert.Equal(request, await ReadAsync(_input));
    }

    private static TimeSpan Deadline => TimeSpan.FromSeconds(20);

    /// <summary>A socket for which the server has put this much into its stream.</summary>
    private Http2SocketStream Open(int id, string received)
    {
        var socket = _sockets.Open(id);
        socket.Attach(new MemoryStream(System.Text.Encoding.ASCII.GetBytes(received)));
        return socket;
    }

    private async Task SendAsync(byte[] bytes) => await _client.Writer.WriteAsync(bytes, TestContext.Current.CancellationToken);

    /// <summary>Reads until so much has been shown in all.</summary>
    private async Task ReadToAsync(MemoryStream shown, long length)
    {
        while (shown.Length < length)
        {
            shown.Write(await ReadAsync(_input));
        }

        Assert.Equal(length, shown.Length);
    }

    private async Task SendInPiecesAsync(byte[] bytes, int piece)
    {
        foreach (var chunk in bytes.Chunk(piece))
        {
            await SendAsync(chunk);
        }
    }

    private static async Task<byte[]> ReadAsync(Http2Input input)
    {
        using var shown = new MemoryStream();
        var result = await input.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Deadline, TestContext.Current.CancellationToken);
        foreach (var part in result.Buffer)
        {
            shown.Write(part.Span);
        }

        input.AdvanceTo(result.Buffer.End);
        return shown.ToArray();
    }

    private void Take(ReadResult result, MemoryStream shown)
    {
        foreach (var part in result.Buffer)
        {
            shown.Write(part.Span);
        }

        _input.AdvanceTo(result.Buffer.End);
    }

    private static byte[] Frame(byte type, int stream, byte[] payload, byte flags = 0)
    {
        var frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        return frame;
    }

    /// <summary>Of a client that sends this and then nothing; the read that waits ends when the test says so.</summary>
    private sealed class UnendingStream(byte[] bytes) : MemoryStream(bytes)
    {
        private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsDisposed { get; private set; }

        public Task ReadIsCancelled => _cancelled.Task;

        public void EndRead() => _ended.SetResult();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position < Length)
            {
                return await base.ReadAsync(buffer, cancellationToken);
            }

            await using var cancelling = cancellationToken.UnsafeRegister(_ => _cancelled.SetResult(), null);
            await _ended.Task;
            throw new OperationCanceledException(cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
