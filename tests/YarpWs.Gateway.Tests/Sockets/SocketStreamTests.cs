using System.IO.Pipelines;
using Microsoft.Extensions.Logging.Abstractions;
using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Tests.Sockets;

public sealed class SocketStreamTests : IDisposable
{
    private static readonly SocketClose Leaving = new(1012, "leaving");

    private readonly DeadlineWheel _wheel = new(TimeProvider.System, NullLogger<DeadlineWheel>.Instance);
    private readonly MemoryStream _client = new();
    private readonly LiveSocket _socket;
    private readonly SocketStream _stream;

    public SocketStreamTests()
    {
        _socket = SocketOn(_client);
        _stream = _socket.Stream;
    }

    public void Dispose()
    {
        _stream.Dispose();
        _client.Dispose();
        _wheel.Dispose();
    }

    [Fact]
    public async Task Goodbye_BetweenFrames_GoesOutAtOnce_AndNothingFollows()
    {
        var message = Frames.Message("before", masked: false);
        await _stream.WriteAsync(message, TestContext.Current.CancellationToken);

        _socket.Close(Leaving);
        await _stream.WriteAsync(Frames.Message("after", masked: false), TestContext.Current.CancellationToken);

        Assert.Equal([.. message, .. ControlFrame.Close(Leaving).ToArray()], _client.ToArray());
        Assert.Equal((Closer.Gateway, 1012), (_socket.Closer, _socket.CloseCode));
    }

    [Fact]
    public async Task Goodbye_InsideAFrame_WaitsForItsEnd()
    {
        var message = Frames.Message("a long one", masked: false);
        await _stream.WriteAsync(message.AsMemory(..4), TestContext.Current.CancellationToken);

        _socket.Close(Leaving);
        Assert.Equal(4, _client.Length);

        await _stream.WriteAsync(message.AsMemory(4..), TestContext.Current.CancellationToken);
        Assert.Equal([.. message, .. ControlFrame.Close(Leaving).ToArray()], _client.ToArray());
    }

    [Fact]
    public async Task Goodbye_AfterTheBackendClosed_IsNotSaid()
    {
        var close = Frames.Closing(4000, masked: false);
        await _stream.WriteAsync(close, TestContext.Current.CancellationToken);

        _socket.Close(Leaving);

        Assert.Equal(close, _client.ToArray());
        Assert.Equal((Closer.Backend, 4000), (_socket.Closer, _socket.CloseCode));
    }

    [Fact]
    public async Task Goodbye_WhileAWriteIsUnderWay_WaitsForIt()
    {
        // A pipe that is full holds the write back until somebody reads.
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 8, resumeWriterThreshold: 4, useSynchronizationContext: false));
        var socket = SocketOn(pipe.Writer.AsStream());
        var stream = socket.Stream;
        var message = Frames.Message("longer than the pipe is wide", masked: false);
        var writing = stream.WriteAsync(message, TestContext.Current.CancellationToken).AsTask();
        Assert.False(writing.IsCompleted);

        socket.Close(Leaving);
        byte[] expected = [.. message, .. ControlFrame.Close(Leaving).ToArray()];
        var received = new byte[expected.Length];
        await pipe.Reader.AsStream().ReadExactlyAsync(received, TestContext.Current.CancellationToken);
        await writing;

        Assert.Equal(expected, received);
    }

    [Fact]
    public async Task Bytes_BothWays_AreCounted_AndTheFirstCloserIsKept()
    {
        var client = Frames.Closing(1000, masked: true);
        var socket = SocketOn(new MemoryStream([.. client]));
        var stream = socket.Stream;

        Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty, TestContext.Current.CancellationToken));
        Assert.Equal(client.Length, await stream.ReadAsync(new byte[100], TestContext.Current.CancellationToken));
        Assert.Equal((client.Length, 0), (socket.FromClient.Bytes, socket.FromBackend.Bytes));
        Assert.Equal((Closer.Client, 1000), (socket.Closer, socket.CloseCode));
    }

    [Fact]
    public async Task Ping_InsideAFrame_WaitsForItsEnd_AndWhatFollowsIsUntouched()
    {
        var first = Frames.Message("a long one", masked: false);
        var second = Frames.Message("another", masked: false);
        await _stream.WriteAsync(first.AsMemory(..4), TestContext.Current.CancellationToken);

        _socket.Ping();
        _socket.Ping();
        await _stream.WriteAsync(first.AsMemory(4..), TestContext.Current.CancellationToken);
        await _stream.WriteAsync(second, TestContext.Current.CancellationToken);

        Assert.Equal([.. first, .. ControlFrame.Ping.ToArray(), .. second], _client.ToArray());
        Assert.Equal(Closer.None, _socket.Closer);
    }

    [Fact]
    public async Task Write_WhileAPingIsUnderWay_WaitsForIt()
    {
        // A pipe that is full holds the ping back until somebody reads.
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 0, useSynchronizationContext: false));
        var socket = SocketOn(pipe.Writer.AsStream());
        var message = Frames.Message("behind the ping", masked: false);
        socket.Ping();

        var writing = socket.Stream.WriteAsync(message, TestContext.Current.CancellationToken).AsTask();
        Assert.False(writing.IsCompleted);
        byte[] expected = [.. ControlFrame.Ping.ToArray(), .. message];
        var received = new byte[expected.Length];
        await pipe.Reader.AsStream().ReadExactlyAsync(received, TestContext.Current.CancellationToken);
        await writing;

        Assert.Equal(expected, received);
    }

    [Fact]
    public void CloseReason_ThatIsTooLong_IsCutBetweenCharacters()
    {
        var frame = ControlFrame.Close(new SocketClose(4003, new string('é', 100)));

        Assert.Equal(2 + 2 + 122, frame.Length);
        Assert.Equal(new string('é', 61), System.Text.Encoding.UTF8.GetString(frame.Span[4..]));
    }

    private LiveSocket SocketOn(Stream client) =>
        new(new SocketOrigin { Id = 1, Route = "ws", Destination = "a", Path = "/ws" }, client, _wheel, new SocketOptions(), TimeProvider.System, () => { });
}
