using System.Net;
using System.Net.Sockets;

namespace YarpWs.Platform.Settings;

/// <summary>An address that this process cannot listen on, though no other process does. The message says which one, why, and what to do.</summary>
internal sealed class ListenException(EndPoint endpoint, SocketException cause) : Exception($"{endpoint}: {Reason(endpoint, cause)}", cause)
{
    private static string Reason(EndPoint endpoint, SocketException cause) => (endpoint, cause.SocketErrorCode) switch
    {
        (IPEndPoint { Port: < 1024 }, SocketError.AccessDenied) =>
            $"the user {Environment.UserName} may not listen on ports below 1024; give the process CAP_NET_BIND_SERVICE (AmbientCapabilities= of a unit, or setcap), or take a port from 1024 on.",
        (IPEndPoint, SocketError.AddressNotAvailable) => "no interface of this machine has the address; expected one that it has (ip address shows them), or * for all.",
        (IPEndPoint { AddressFamily: AddressFamily.InterNetworkV6 }, SocketError.AddressFamilyNotSupported) => "this machine has no IPv6; expected an address such as 127.0.0.1 or 0.0.0.0.",
        (UnixDomainSocketEndPoint, _) when Path.GetDirectoryName(endpoint.ToString()) is { } folder && !Directory.Exists(folder) => $"there is no directory {folder}; make it, or choose another path.",
        (UnixDomainSocketEndPoint, SocketError.AccessDenied) => $"the user {Environment.UserName} may not make it; give the right to write to its directory.",
        _ => $"the address cannot be used: {cause.Message}",
    };
}
