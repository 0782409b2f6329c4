using System.Net;
using Microsoft.Extensions.Primitives;

namespace YarpWs.Gateway.Forwarding;

/// <summary>The addresses in X-Forwarded-For, of which each proxy appends the one it saw.</summary>
internal static class ClientChain
{
    /// <summary>The client: read from the right, the first address that is not a trusted proxy's. What stands left of it anybody can have written.</summary>
    public static IPAddress? Client(StringValues chain, IPAddress? peer, TrustedProxies trusted)
    {
        var client = peer;
        for (var line = chain.Count - 1; line >= 0; line--)
        {
            var addresses = chain[line]!.Split(',', StringSplitOptions.TrimEntries);
            for (var i = addresses.Length - 1; i >= 0; i--)
            {
                if (!trusted.Contains(client) || Parse(addresses[i]) is not { } address)
                {
                    return client;
                }

                client = address;
            }
        }

        return client;
    }

    /// <summary>The client that a header of its own names; null where it names none, or several.</summary>
    public static IPAddress? Named(StringValues header) => header is [{ } text] ? Parse(text.Trim()) : null;

    /// <summary>Each element of a chain is appended to what stands there.</summary>
    public static string Append(StringValues chain, string element) =>
        StringValues.IsNullOrEmpty(chain) ? element : $"{string.Join(", ", chain.ToArray())}, {element}";

    /// <summary>Some proxies write the port as well: 192.0.2.1:4711 or [2001:db8::1]:4711.</summary>
    private static IPAddress? Parse(string text) => TrustedProxies.Plain(
        IPAddress.TryParse(text, out var address) ? address
        : IPEndPoint.TryParse(text, out var endpoint) ? endpoint.Address
        : null);
}
