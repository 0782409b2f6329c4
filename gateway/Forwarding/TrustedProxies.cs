using System.Net;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Forwarding;

/// <summary>The networks whose forwarding headers are believed.</summary>
internal sealed class TrustedProxies(IOptions<ForwardingOptions> options)
{
    private readonly PeerNetworks _networks = new(options.Value.TrustedProxies ?? [], $"{ForwardingOptions.Section}:{nameof(ForwardingOptions.TrustedProxies)}");

    /// <inheritdoc cref="PeerNetworks.Contains"/>
    public bool Contains(IPAddress? address) => _networks.Contains(address);

    /// <inheritdoc cref="PeerNetworks.Plain"/>
    public static IPAddress? Plain(IPAddress? address) => PeerNetworks.Plain(address);
}
