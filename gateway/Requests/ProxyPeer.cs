using System.Net;

namespace YarpWs.Gateway.Requests;

/// <summary>Who really opened a connection for whose client another address was told by the PROXY protocol: a feature of the connection, absent on any other.</summary>
/// <param name="Address">The balancer's.</param>
internal sealed record ProxyPeer(IPAddress? Address);
