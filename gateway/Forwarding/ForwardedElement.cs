using System.Net;
using System.Net.Sockets;

namespace YarpWs.Gateway.Forwarding;

/// <summary>One element of the Forwarded header, RFC 7239.</summary>
internal static class ForwardedElement
{
    public static string Format(IPAddress? peer, string? host, string scheme) => $"for={Node(peer)};host={Quote(host ?? "")};proto={scheme}";

    private static string Node(IPAddress? peer) => peer switch
    {
        null => "unknown",
        { AddressFamily: AddressFamily.InterNetworkV6 } => $"\"[{peer}]\"",
        _ => peer.ToString(),
    };

    /// <summary>A port's colon is no token character, so a host is always quoted.</summary>
    private static string Quote(string value) =>
        $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
