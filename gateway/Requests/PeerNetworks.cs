using System.Net;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Requests;

/// <summary>Networks of peers whose word is taken for something, and <c>unix:</c> for those that come over a Unix socket, which only those may connect to whom its mode lets.</summary>
internal sealed class PeerNetworks
{
    private const string Unix = "unix:";

    private readonly IPNetwork[] _networks;
    private readonly bool _holdsUnixSockets;

    /// <param name="texts">Networks (<c>10.0.0.0/8</c>), addresses, and <c>unix:</c>.</param>
    /// <param name="key">Under which they stand.</param>
    /// <exception cref="InvalidSettingException">One is none of these.</exception>
    public PeerNetworks(IReadOnlyList<string> texts, string key)
    {
        _holdsUnixSockets = texts.Contains(Unix);
        _networks = [.. texts.Index().Where(one => one.Item != Unix).Select(one => Parse($"{key}:{one.Index}", one.Item))];
    }

    /// <param name="address">Null for a peer without one, which has come over a Unix socket.</param>
    public bool Contains(IPAddress? address)
    {
        address = Plain(address);
        return address is null ? _holdsUnixSockets : Array.Exists(_networks, network => network.Contains(address));
    }

    /// <summary>A dual-stack socket reports an IPv4 peer as ::ffff:a.b.c.d, which no IPv4 network holds and no backend expects.</summary>
    public static IPAddress? Plain(IPAddress? address) => address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;

    private static IPNetwork Parse(string key, string text)
    {
        if (IPAddress.TryParse(text, out var address))
        {
            address = Plain(address)!;
            return new IPNetwork(address, address.GetAddressBytes().Length * 8);
        }

        return IPNetwork.TryParse(text, out var network)
            ? network
            : throw new InvalidSettingException(
                key, $"'{text}' is no network; expected an address, or a network such as 10.0.0.0/8 with no bits set behind its prefix, or \"unix:\" for whoever comes over a Unix socket.");
    }
}
