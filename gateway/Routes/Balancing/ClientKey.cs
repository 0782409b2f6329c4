using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>
/// Tells clients apart where failures are counted by client: by the user that a checked token names, else by address, over IPv6 by its /64,
/// which one client has to itself.
/// </summary>
internal readonly record struct ClientKey(string? Issuer, string? User, UInt128 Network)
{
    /// <summary>The half of an IPv6 address below its network.</summary>
    private const int InterfaceBits = 64;

    public static ClientKey Of(HttpContext context) => context.User.Identity is { IsAuthenticated: true } && context.User.FindFirst("sub") is { } subject
        ? new ClientKey(context.User.FindFirst("iss")?.Value, subject.Value, 0)
        : OfAddress(context.Features.Get<Client>()?.Address);

    public static ClientKey Of(SocketOrigin origin) => origin.Login is { User: { } user } login
        ? new ClientKey(login.Issuer, user, 0)
        : OfAddress(IPAddress.TryParse(origin.ClientAddress, out var address) ? address : null);

    private static ClientKey OfAddress(IPAddress? address)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (address is null || !address.TryWriteBytes(bytes, out _))
        {
            return default;
        }

        // The lowest bit tells the two families apart.
        return new ClientKey(null, null, address.AddressFamily == AddressFamily.InterNetworkV6
            ? BinaryPrimitives.ReadUInt128BigEndian(bytes) >> InterfaceBits << InterfaceBits
            : ((UInt128)BinaryPrimitives.ReadUInt32BigEndian(bytes) << 1) | 1);
    }
}
