using System.Net;
using System.Net.Sockets;

namespace YarpWs.Benchmarks.Servers;

internal static class Ports
{
    /// <summary>A port of the loopback that nobody holds now, for a server that cannot choose one by itself and say which.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
