using System.Net;
using System.Net.Sockets;
using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Tests.Transport;

public sealed class HostAddressTests : IDisposable
{
    private readonly EventLoops _loops = new(1, TimeProvider.System);

    public void Dispose() => _loops.Dispose();

    [Fact]
    public async Task LastAddress_ThatRefuses_IsTheFailure()
    {
        Assert.SkipUnless(EventLoops.AreSupported, "There are no event loops on this system.");

        var failure = await Assert.ThrowsAsync<SocketException>(() => HostAddress.ConnectAsync("127.0.0.1", FreePort.Next(), _loops.Next(), descriptors: null, Deadline.Token()));

        Assert.Equal(SocketError.ConnectionRefused, failure.SocketErrorCode);
    }

    /// <summary>Most systems know this name by two addresses, of which the test listens at one.</summary>
    [Fact]
    public async Task Address_ThatIsReached_IsTaken_ThoughOneBeforeRefuses()
    {
        Assert.SkipUnless(EventLoops.AreSupported, "There are no event loops on this system.");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        using var socket = await HostAddress.ConnectAsync("localhost", ((IPEndPoint)listener.LocalEndpoint).Port, _loops.Next(), descriptors: null, Deadline.Token());

        using var accepted = await listener.AcceptSocketAsync(Deadline.Token());
        await accepted.SendAsync(new byte[] { 7 }, Deadline.Token());
        Assert.Equal(1, await socket.ReceiveAsync(new byte[1], Deadline.Token()));
    }
}
