using System.Net;
using System.Net.Sockets;
using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Tests.Transport;

/// <summary>Two ends of one connection: one in a loop, the other an ordinary blocking socket of the test's.</summary>
internal sealed class SocketPair : IDisposable
{
    private SocketPair(LoopSocket near, Socket far) => (Near, Far) = (near, far);

    public LoopSocket Near { get; }

    public Socket Far { get; }

    public static async Task<SocketPair> OpenAsync(EventLoop loop)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var near = await LoopSocket.ConnectAsync((IPEndPoint)listener.LocalEndPoint!, loop, descriptors: null, Deadline.Token());
        return new SocketPair(near, await listener.AcceptAsync(Deadline.Token()));
    }

    /// <summary>
    /// Over a Unix socket, which is full once it takes nothing more, until its peer reads. Over TCP the kernel may find room for more at any time, on a busy machine after a long one;
    /// and what came while there was no room it may drop, and ask for again after a time that doubles.
    /// </summary>
    public static async Task<SocketPair> OpenUnixAsync(EventLoop loop)
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        // A name that is in no folder, and goes with its socket.
        var name = new UnixDomainSocketEndPoint($"\0{Guid.NewGuid()}");
        listener.Bind(name);
        listener.Listen();
        var near = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await near.ConnectAsync(name, Deadline.Token());
        near.Blocking = false;
        return new SocketPair(new LoopSocket(near, loop), await listener.AcceptAsync(Deadline.Token()));
    }

    /// <summary>Reads so many bytes at the far end, on this thread.</summary>
    public byte[] Receive(int length)
    {
        var received = new byte[length];
        for (var at = 0; at < length;)
        {
            at += Far.Receive(received.AsSpan(at));
        }

        return received;
    }

    public void Dispose()
    {
        Near.Dispose();
        Far.Dispose();
    }
}
