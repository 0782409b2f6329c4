#pragma warning disable SER009
using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using RESPite.Transports;
using YarpWs.Platform.Redis;
using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Tests.Redis;

/// <summary>Between the library, here played by <see cref="Heard"/>, and a server, here a plain socket.</summary>
public sealed class RedisTransportTests : IAsyncLifetime
{
    private readonly Heard _heard = new();
    private EventLoop _loop = null!;
    private RedisTransport _transport = null!;
    private Socket _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(EventLoops.AreSupported, "The library connects by itself.");
        _loop = new EventLoop("redis", TimeProvider.System);
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _transport = new RedisTransport(await LoopSocket.ConnectAsync((IPEndPoint)listener.LocalEndPoint!, _loop, descriptors: null, Cancellation));
        _server = await listener.AcceptAsync(Cancellation);
        _transport.Start(_heard);
    }

    public async ValueTask DisposeAsync()
    {
        // Where it is skipped there are none.
        await (_transport?.DisposeAsync() ?? ValueTask.CompletedTask);
        _server?.Dispose();
        _loop?.Dispose();
    }

    [Fact]
    public async Task Staged_IsSentWhenFlushed_AsOne()
    {
        _transport.Write("PI"u8);
        _transport.Write("NG"u8);

        Assert.True(_transport.Flush());

        Assert.Equal("PING", await ReceiveAsync(4));
    }

    [Fact]
    public async Task Flushed_ArrivesInOrder_WhileTheServerReadsSlowly()
    {
        // Far more than the system takes for a server that does not read.
        const int Commands = 200;
        var sent = new StringBuilder();
        for (var i = 0; i < Commands; i++)
        {
            var command = $"{i}:" + new string((char)('a' + (i % 26)), 50_000);
            sent.Append(command);
            _transport.Write(Encoding.ASCII.GetBytes(command));
            Assert.True(_transport.Flush());
        }

        Assert.Equal(sent.ToString(), await ReceiveAsync(sent.Length));
    }

    [Fact]
    public async Task Buffer_IsUsedAgain_UnlessItHasBecomeLarge()
    {
        _transport.Write(new byte[10_000]);
        _transport.Flush();
        await ReceiveAsync(10_000);
        Assert.InRange(_transport.GetMemory().Length, 10_000, 64 * 1024);

        _transport.Write(new byte[1_000_000]);
        _transport.Flush();
        await ReceiveAsync(1_000_000);
        Assert.InRange(_transport.GetMemory().Length, 1, 64 * 1024);
    }

    [Fact]
    public async Task Heard_IsHandedOn_ByTheLoop()
    {
        _server.Send("+PONG\r\n"u8);

        Assert.Equal(("+PONG\r\n", "redis"), await _heard.NextAsync());
    }

    [Fact]
    public async Task End_IsToldOnce_WithoutAFault()
    {
        _server.Shutdown(SocketShutdown.Both);

        Assert.Null(await _heard.Closed);
        Assert.False(_transport.Flush());
    }

    [Fact]
    public async Task Reset_IsTold_WithItsFault()
    {
        _server.Close(timeout: 0);

        Assert.IsAssignableFrom<IOException>(await _heard.Closed);
    }

    [Fact]
    public async Task Library_ThatEndsIt_IsToldToo()
    {
        await _transport.DisposeAsync();

        Assert.Null(await _heard.Closed);
        Assert.Equal("", await ReceiveAsync(1));
    }

    [Fact]
    public async Task Library_ThatRefusesWhatItHears_EndsTheConnection()
    {
        _heard.Accepts = false;
        _server.Send("?"u8);

        Assert.Null(await _heard.Closed);
        Assert.Equal("", await ReceiveAsync(1));
    }

    private async Task<string> ReceiveAsync(int count)
    {
        var received = new byte[count];
        var length = 0;
        while (length < count && await _server.ReceiveAsync(received.AsMemory(length), Cancellation) is > 0 and var more)
        {
            length += more;
        }

        return Encoding.ASCII.GetString(received, 0, length);
    }

    private sealed class Heard : TransportReceiver
    {
        private readonly Channel<(string Text, string? Thread)> _received = Channel.CreateUnbounded<(string, string?)>();
        private readonly TaskCompletionSource<Exception?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Accepts { get; set; } = true;

        public Task<Exception?> Closed => _closed.Task.WaitAsync(Deadline.Length, Cancellation);

        public async Task<(string Text, string? Thread)> NextAsync() => await _received.Reader.ReadAsync(Cancellation).AsTask().WaitAsync(Deadline.Length, Cancellation);

        public override bool OnReceived(ReadOnlySpan<byte> payload)
        {
            _received.Writer.TryWrite((Encoding.ASCII.GetString(payload), Thread.CurrentThread.Name));
            return Accepts;
        }

        public override void OnClosed(Exception? fault) => _closed.SetResult(fault);
    }
}
