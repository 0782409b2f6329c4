using System.Net;
using Microsoft.Extensions.Options;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Forwarding;

/// <summary>The networks whose forwarding headers are believed.</summary>
internal sealed class TrustedProxies
{
    private readonly IPNetwork[] _networks;

    public TrustedProxies(IOptions<ForwardingOptions> options) =>
        _networks = [.. (options.Value.TrustedProxies ?? []).Select((text, index) => Parse($"{ForwardingOptions.Section}:TrustedProxies:{index}", text))];

    public bool Contains(IPAddress? address) => address is not null && Array.Exists(_networks, network => network.Contains(address));

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
                key, $"'{text}' is no network; expected an address, or a network such as 10.0.0.0/8 with no bits set behind its prefix.");
    }
}
