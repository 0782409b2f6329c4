using System.Net;
using System.Net.Sockets;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Sockets.Limits;

/// <summary>Who is counted: everybody on a route, or one user or address on it.</summary>
internal readonly record struct LimitKey(string Route, LimitScope Scope, string? Name = null, string? Issuer = null)
{
    /// <summary>The half of an IPv6 address that names the network; within it a client may have any address it likes (RFC 8981).</summary>
    private const int NetworkBytes = 8;

    public static LimitKey Everybody(string route) => new(route, LimitScope.Route);

    /// <summary>Null for a client that no token names.</summary>
    public static LimitKey? User(string route, Login? login) =>
        login is { User: { } user } ? new LimitKey(route, LimitScope.User, user, login.Issuer) : null;

    /// <summary>Null over a transport that has no addresses.</summary>
    public static LimitKey? Address(string route, IPAddress? address) =>
        address is null ? null : new LimitKey(route, LimitScope.Address, Network(address).ToString());

    private static IPAddress Network(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(NetworkBytes).Clear();
        return new IPAddress(bytes);
    }
}

/// <summary>What a limit counts by.</summary>
internal enum LimitScope
{
    /// <summary>All clients together.</summary>
    Route,
    User,
    Address,
}
