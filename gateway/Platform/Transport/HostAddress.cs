using System.Net;
using System.Net.Sockets;

namespace YarpWs.Platform.Transport;

/// <summary>Where a server listens.</summary>
internal static class HostAddress
{
    /// <summary>Tries the addresses of a host one after the other.</summary>
    /// <exception cref="SocketException">The host has no address, or none of them was reached.</exception>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    /// <param name="host">A name or an address.</param>
    /// <param name="port">Its port.</param>
    /// <param name="loop">Watches the connection.</param>
    /// <param name="descriptors">Say whether one more connection may be opened; null for what must be connected whatever others take.</param>
    /// <param name="cancellation">Ends the try.</param>
    public static async Task<LoopSocket> ConnectAsync(string host, int port, EventLoop loop, Descriptors? descriptors, CancellationToken cancellation)
    {
        IPAddress[] addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellation);
        for (var i = 0; ; i++)
        {
            try
            {
                return await LoopSocket.ConnectAsync(new IPEndPoint(addresses[i], port), loop, descriptors, cancellation);
            }
            catch (SocketException exception) when (i + 1 < addresses.Length && !Descriptors.AreShortIn(exception))
            {
                // Perhaps the next address is reached.
            }
        }
    }
}
