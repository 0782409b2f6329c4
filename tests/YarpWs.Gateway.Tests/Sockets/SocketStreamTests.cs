using System.IO.Pipelines;
using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Tests.Sockets;

public sealed class SocketStreamTests : IDisposable
{
    private readonly LiveSocket _socket = new("ws", "a", openedAt: 0);
    private readonly MemoryStream _client = new();
    private readonly SocketStream _stream;

    public SocketStreamTests() => _stream = new SocketStream(_client, _socket);

    public void Dispose()
    {
        _stream.Dispose();
        _client.Dispose();
    }

    [Fact]
    public async Task Goodbye_BetweenFrames_GoesOutAtOnce_AndNothingFollows()
    {
        var message = Frames.Message("before", masked: false);
        await _stream.WriteAsync(message, TestContext.Current.CancellationToken);

        _stream.SayGoodbye();
        await _stream.WriteAsync(Frames.Message("after", masked: false), TestContext.Current.CancellationToken);

        Assert.Equal([.. message, .. Frames.Closing(1012, masked: false)], _client.ToArray());
        Assert.Equal((Closer.Gateway, 1012), (_socket.Closer, _socket.CloseCode));
    }

    [Fact]
    public async Task Goodbye_InsideAFrame_WaitsForItsEnd()
    {
        var message = Frames.Message("a long one", masked: false);
        await _stream.WriteAsync(message.AsMemory(..4), TestContext.Current.CancellationToken);

        _stream.SayGoodbye();
        Assert.Equal(4, _client.Length);

        await _stream.WriteAsync(message.AsMemory(4..), TestContext.Current.CancellationToken);
        Assert.Equal([.. message, .. Frames.Closing(1012, masked: false)], _client.ToArray());
    }

    [Fact]
    public async Task Goodbye_AfterTheBackendClosed_IsNotSaid()
    {
        var close = Frames.Closing(4000, masked: false);
        await _stream.WriteAsync(close, TestContext.Current.CancellationToken);

        _stream.SayGoodbye();

        Assert.Equal(close, _client.ToArray());
        Assert.Equal((Closer.Backend, 4000), (_socket.Closer, _socket.CloseCode));
    }

    [Fact]
    public async Task Goodbye_WhileAWriteIsUnderWay_WaitsForIt()
    {
        // A pipe that is full holds the write back until somebody reads.
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 8, resumeWriterThreshold: 4, useSynchronizationContext: false));
        var stream = new SocketStream(pipe.Writer.AsStream(), _socket);
        var message = Frames.Message("longer than the pipe is wide", masked: false);
        var writing = stream.WriteAsync(message, TestContext.Current.CancellationToken).AsTask();
        Assert.False(writing.IsCompleted);

        stream.SayGoodbye();
        byte[] expected = [.. message, .. Frames.Closing(1012, masked: false)];
        var received = new byte[expected.Length];
        await pipe.Reader.AsStream().ReadExactlyAsync(received, TestContext.Current.CancellationToken);
        await writing;

        Assert.Equal(expected, received);
    }

    [Fact]
    public async Task Bytes_BothWays_AreCounted_AndTheFirstCloserIsKept()
    {
        var client = Frames.Closing(1000, masked: true);
        await using var stream = new SocketStream(new MemoryStream([.. client]), _socket);

        Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty, TestContext.Current.CancellationToken));
        Assert.Equal(client.Length, await stream.ReadAsync(new byte[100], TestContext.Current.CancellationToken));
        await _stream.WriteAsync(Frames.Closing(1001, masked: false), TestContext.Current.CancellationToken);

        Assert.Equal((client.Length, 4), (_socket.FromClient.Bytes, _socket.FromBackend.Bytes));
        Assert.Equal((Closer.Client, 1000), (_socket.Closer, _socket.CloseCode));
    }
}
