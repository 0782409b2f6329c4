using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Tests.Transport;

public sealed class SendRingTests : IDisposable
{
    private const int BadDescriptor = -9;

    private readonly EventLoop _loop = new("test", TimeProvider.System);

    public void Dispose() => _loop.Dispose();

    [Fact]
    public async Task Sends_AreTriedInOneCall_AndEachHasItsOwnResult()
    {
        using var ring = SendRing.TryOpen(4, out _);
        if (ring is null)
        {
            Assert.Skip("This kernel has no io_uring for this process.");
        }

        using var first = await SocketPair.OpenAsync(_loop);
        using var second = await SocketPair.OpenAsync(_loop);
        byte[] data = [1, 2, 3];
        using var pin = data.AsMemory().Pin();
        var results = new int[3];

        // More often than the ring has places.
        for (var i = 0; i < 5; i++)
        {
            ring.Add(first.Near.Socket.SafeHandle.DangerousGetHandle(), pin, 3);
            ring.Add(int.MaxValue, pin, 3);
            ring.Add(second.Near.Socket.SafeHandle.DangerousGetHandle(), pin, 2);

            Assert.True(ring.Submit(results));
            Assert.Equal([3, BadDescriptor, 2], results);
        }

        Assert.Equal([1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3], first.Receive(15));
        Assert.Equal([1, 2, 1, 2, 1, 2, 1, 2, 1, 2], second.Receive(10));
    }
}
