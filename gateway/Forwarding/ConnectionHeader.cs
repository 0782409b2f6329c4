namespace YarpWs.Gateway.Forwarding;

/// <summary>The header by which a client says which other headers are meant for this hop alone.</summary>
internal static class ConnectionHeader
{
    /// <summary>
    /// Drops what it names, as RFC 9110 has it, before the gateway adds headers of its own: nobody can name those away. Framing, the
    /// host and the handshake are never dropped; Connection and Upgrade themselves are the forwarder's business. Kestrel cuts a list that
    /// holds close, keep-alive or upgrade down to that one word before anybody can read it, so a name beside one of these is not seen
    /// here; names that the gateway owns go by their own rule in any case.
    /// </summary>
    public static void DropNamed(IHeaderDictionary headers)
    {
        foreach (var name in headers.GetCommaSeparatedValues("Connection"))
        {
            if (!IsKept(name))
            {
                headers.Remove(name);
            }
        }
    }

    private static bool IsKept(string name) =>
        name.Equals("Host", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Connection", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Upgrade", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("Sec-WebSocket-", StringComparison.OrdinalIgnoreCase);
}
