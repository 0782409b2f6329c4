using System.Net;
using System.Net.Sockets;

namespace YarpWs.Tests.Support;

/// <summary>
/// Ports of loopback where nobody listens, for servers that have to know theirs before they start, or come back to it. The system gives none of them to who asks
/// for any, be it a listener or the near end of a connection, so that nobody takes one while its server is not there.
/// </summary>
internal static class FreePort
{
    /// <summary>Below what systems give by themselves, and above what well-known servers have.</summary>
    private const int First = 12_000;

    private const int Count = 20_000;

    /// <summary>Each process of tests begins somewhere else.</summary>
    private static int _next = Random.Shared.Next(Count);

    /// <summary>One that this process has not given out yet, unless it has given out all.</summary>
    public static int Next()
    {
        for (var tried = 0; tried < Count; tried++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _next) % Count);
            if (IsFree(port))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"No port from {First} to {First + Count - 1} is free.");
    }

    /// <summary>As <see cref="Next"/>, as the address of a web server.</summary>
    public static Uri NextUrl() => new($"http://127.0.0.1:{Next()}");

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
