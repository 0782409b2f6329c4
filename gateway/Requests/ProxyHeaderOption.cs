using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Requests;

/// <summary>With which header of the PROXY protocol the connection of a request to a destination begins.</summary>
internal static class ProxyHeaderOption
{
    private static readonly HttpRequestOptionsKey<byte[]> Key = new("yarpws.proxyheader");

    public static void Set(HttpRequestMessage request, byte[] header) => request.Options.Set(Key, header);

    /// <summary>What was set; for a request without a client, as a probe is, that the connection is the gateway's own.</summary>
    public static byte[] Of(HttpRequestMessage request, ProxyProtocolVersion version) => request.Options.TryGetValue(Key, out var header) ? header : ProxyHeader.Write(version, null, null);
}
