using System.Net.WebSockets;
using System.Text;
using Xunit;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Tests.Node;

namespace YarpWs.Backend.Tests.Connections;

public sealed class MessageReaderTests : IAsyncDisposable
{
    private const int Limit = 10_000;

    private readonly WebSocket _socket;
    private readonly RawWebSocket _client;
    private readonly CountingPool _pool = new();
    private readonly MessageReader _reader;

    public MessageReaderTests()
    {
        var (server, client) = DuplexStream.Pair(1024 * 1024);
        _socket = WebSocket.CreateFromStream(server, new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = TimeSpan.Zero });
        _client = new RawWebSocket(client);
        _reader = new MessageReader(_socket, Limit, _pool);
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _client.DisposeAsync();
    }

    [Fact]
    public async Task Fragments_ArePutTogether_AlsoWhenCutInsideACharacter()
    {
        var bytes = "中文😀"u8.ToArray();
        await _client.SendAsync(Opcode.Text, bytes[..4], isFinal: false);
        await _client.SendAsync(Opcode.Continuation, [], isFinal: false);
        await _client.SendAsync(Opcode.Continuation, bytes[4..8], isFinal: false);
        await _client.SendAsync(Opcode.Continuation, bytes[8..]);

        Assert.True(await ReadAsync());
        Assert.Equal("中文😀", Encoding.UTF8.GetString(_reader.Message));
        Assert.Equal(WebSocketMessageType.Text, _reader.Type);
    }

    [Fact]
    public async Task EmptyMessage_IsAMessage()
    {
        await _client.SendAsync(Opcode.Binary, []);

        Assert.True(await ReadAsync());
        Assert.Equal((0, WebSocketMessageType.Binary, false), (_reader.Message.Length, _reader.Type, _reader.IsTooBig));
    }

    [Fact]
    public async Task Messages_ComeOneAfterTheOther()
    {
        await _client.SendAsync("a longer one");
        await _client.SendAsync("short");

        Assert.True(await ReadAsync());
        Assert.Equal("a longer one", Encoding.UTF8.GetString(_reader.Message));
        _reader.Release();
        Assert.True(await ReadAsync());
        Assert.Equal("short", Encoding.UTF8.GetString(_reader.Message));
    }

    [Theory]
    [InlineData(Limit - 1, false)]
    [InlineData(Limit, false)]
    [InlineData(Limit + 1, true)]
    public async Task Message_LongerThanTheLimit_IsTooBig(int length, bool isTooBig)
    {
        await _client.SendAsync(new string('x', length));

        Assert.True(await ReadAsync());
        Assert.Equal(isTooBig, _reader.IsTooBig);
        Assert.True(isTooBig || _reader.Message.Length == length, $"Expected {length} bytes, got {_reader.Message.Length}.");
    }

    [Fact]
    public async Task Fragments_LongerThanTheLimitTogether_AreTooBig_BeforeTheLastOneCame()
    {
        await _client.SendAsync(Opcode.Text, new byte[Limit], isFinal: false);
        await _client.SendAsync(Opcode.Continuation, new byte[1], isFinal: false);

        Assert.True(await ReadAsync());
        Assert.True(_reader.IsTooBig);
    }

    [Fact]
    public async Task Buffer_OfAMessage_IsGivenBack_AndNoneIsHeldWhileQuiet()
    {
        await _client.SendAsync(new string('x', 5000));
        Assert.True(await ReadAsync());
        Assert.Equal(5000, _reader.Message.Length);

        _reader.Release();
        Assert.True(_reader.Message.IsEmpty);
        var waiting = ReadAsync();

        Assert.False(waiting.IsCompleted);
        Assert.Empty(HeldBuffer());
        await _client.SendCloseAsync(1000);
        Assert.False(await waiting);
    }

    [Theory]
    [InlineData(Limit, false)]
    [InlineData(Limit + 1, false)]
    [InlineData(5000, true)]
    public async Task Buffers_AllComeBack_HoweverReadingEnds(int length, bool isFaulty)
    {
        await _client.SendAsync(Opcode.Text, new byte[length / 2], isFinal: false);
        await _client.SendAsync(isFaulty ? (Opcode)3 : Opcode.Continuation, new byte[length - (length / 2)]);

        try
        {
            await ReadAsync();
        }
        catch (WebSocketException)
        {
            // The frame that is none.
        }

        _reader.Release();
        Assert.True(_pool.Rented > 0);
        Assert.Equal(0, _pool.Out);
    }

    [Fact]
    public async Task Message_IsUnderWay_FromItsFirstFrameToItsLast()
    {
        Assert.Equal(0, _reader.UnderWay);
        var reading = ReadAsync();
        await _client.SendAsync(Opcode.Text, [65], isFinal: false);
        while (_reader.UnderWay == 0)
        {
            await Task.Yield();
        }

        var first = _reader.UnderWay;
        await _client.SendAsync(Opcode.Continuation, [66]);
        Assert.True(await reading);
        Assert.Equal(0, _reader.UnderWay);

        await _client.SendAsync(Opcode.Text, [67], isFinal: false);
        reading = ReadAsync();
        while (_reader.UnderWay == 0)
        {
            await Task.Yield();
        }

        Assert.NotEqual(first, _reader.UnderWay);
        await _client.SendCloseAsync(1000);
        Assert.False(await reading);
    }

    [Fact]
    public async Task CloseFrame_EndsReading_AlsoBetweenFragments()
    {
        await _client.SendAsync(Opcode.Text, [1, 2, 3], isFinal: false);
        await _client.SendCloseAsync(3001);

        Assert.False(await ReadAsync());
        Assert.Equal((WebSocketCloseStatus)3001, _socket.CloseStatus);
    }

    [Fact]
    public async Task EndWithoutACloseFrame_Throws()
    {
        await _client.DisposeAsync();

        var fault = await Assert.ThrowsAsync<WebSocketException>(ReadAsync);
        Assert.Equal(WebSocketError.ConnectionClosedPrematurely, fault.WebSocketErrorCode);
    }

    [Fact]
    public async Task TextThatIsNotUtf8_Throws()
    {
        await _client.SendAsync(Opcode.Text, [0xff]);

        var fault = await Assert.ThrowsAsync<WebSocketException>(ReadAsync);
        Assert.Equal(WebSocketError.Faulted, fault.WebSocketErrorCode);
    }

    private Task<bool> ReadAsync() => _reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Deadline.Length);

    /// <summary>The one thing that cannot be seen from outside.</summary>
    private byte[] HeldBuffer() => (byte[])typeof(MessageReader)
        .GetField("_buffer", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!.GetValue(_reader)!;
}
