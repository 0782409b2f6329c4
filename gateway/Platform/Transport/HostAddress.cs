using System.Net;
using System.Net.Sockets;

namespace YarpWs.Platform.Transport;

/// <summary>Where a server listens.</summary>
internal static class HostAddress
{
    /// <summary>Tries the addresses of a host one after the other.</summary>
    /// <exception cref="SocketException">The host has no address, or none of them was reached.</exception>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    public static async Task<LoopSocket> ConnectAsync(string host, int port, EventLoop loop, CancellationToken cancellation)
    {
        IPAddress[] addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellation);
        for (var i = 0; ; i++)
        {
            try
            {
                return await LoopSocket.ConnectAsync(new IPEndPoint(addresses[i], port), loop, cancellation);
            }
            catch (SocketException) when (i + 1 < addresses.Length)
            {
                // Perhaps the next address is reached.
            }
        }
    }
}
