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
    public async Task Reset_OfASocket_IsHeldBack_UntilTheSocketHasBeenReadUpToIt_HoweverTheBytesCome(int piece)
    {
        var socket = Open(3, "hello world");
        byte[] before =
        [
            .. Preface, .. Frame(Headers, 3, new byte[30]), .. Frame(Data, 3, "hello"u8.ToArray()), .. Frame(Data, 5, new byte[40]), .. Frame(RstStream, 5, new byte[4]),
            .. Frame(Data, 3, [3, .. " world"u8, 0, 0, 0], flags: 8), .. Frame(Data, 3, []),
        ];
        byte[] reset = Frame(RstStream, 3, new byte[4]);
        byte[] after = Frame(Headers, 7, new byte[10]);
        byte[] all = [.. before, .. reset, .. after];
        var shown = new MemoryStream();
        var sending = SendInPiecesAsync(all, piece);
        while (shown.Length < before.Length + 9)
        {
            shown.Write(await ReadAsync(_input));
        }

        // The header is there, and what the server needs to act on it is not.
        Assert.Equal(before.Length + 9, shown.Length);
        var rest = _input.ReadAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(rest.IsCompleted);
        await socket.ReadExactlyAsync(new byte[11], TestContext.Current.CancellationToken);

        Take(await rest.WaitAsync(Deadline, TestContext.Current.CancellationToken), shown);
        while (shown.Length < all.Length)
        {
            shown.Write(await ReadAsync(_input));
        }

        await sending;
        Assert.Equal(all, shown.ToArray());
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
}
