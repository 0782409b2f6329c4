using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Tests.Transport;

public sealed class LoopListenerTests : IDisposable
{
    private readonly Socket _listening = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public LoopListenerTests()
    {
        _listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listening.Listen();
    }

    public void Dispose() => _listening.Dispose();

    [Fact]
    public async Task Client_WhoseConnectionCannotBeMade_IsClosed()
    {
        using var loops = new EventLoops(1, new BrokenClock());
        await using var listener = new LoopListener(_listening, loops, new Descriptors(1 << 20), TimeProvider.System, NullLogger.Instance);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(_listening.LocalEndPoint!, Deadline.Token());

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await listener.AcceptAsync(Deadline.Token()));

        Assert.Equal(0, await client.ReceiveAsync(new byte[1], Deadline.Token()));
    }

    [Fact]
    public async Task Listener_ThatIsUnbound_HasNoNextConnection()
    {
        using var loops = new EventLoops(1, TimeProvider.System);
        await using var listener = new LoopListener(_listening, loops, new Descriptors(1 << 20), TimeProvider.System, NullLogger.Instance);
        var accepting = listener.AcceptAsync(Deadline.Token());

        await listener.UnbindAsync(Deadline.Token());

        Assert.Null(await accepting);
    }

    /// <summary>Without it no loop can begin.</summary>
    private sealed class BrokenClock : TimeProvider
    {
        public override long TimestampFrequency => throw new InvalidOperationException("a broken clock");
    }
}
