using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Forwarding.Http1;

/// <summary>A destination that is spoken to over plain HTTP/1.1, and where connections to it are kept.</summary>
/// <param name="Address">As the configuration has it.</param>
/// <param name="Uri">The same.</param>
/// <param name="Authority">What stands as Host in a request whose own is not sent.</param>
/// <param name="BasePath">What stands before the path of each request; no slash at its end.</param>
/// <param name="Shelves">One for each event loop.</param>
internal sealed record PlainDestination(string Address, Uri Uri, string Authority, string BasePath, ConnectionShelf[] Shelves)
{
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>Null for what has another scheme, or more than a path behind its authority.</summary>
    public static PlainDestination? Parse(string address, EventLoops loops, KeptConnections kept)
    {
        if (!Uri.TryCreate(address, in AsWritten, out var uri) || uri.Scheme != Uri.UriSchemeHttp || uri.UserInfo.Length > 0 || uri.PathAndQuery.AsSpan().ContainsAny('?', '#'))
        {
            return null;
        }

        // IdnHost has no brackets around an IPv6 address.
        var host = uri.HostNameType == UriHostNameType.IPv6 ? $"[{uri.IdnHost}]" : uri.IdnHost;
        return new PlainDestination(
            address, uri, uri.IsDefaultPort ? host : $"{host}:{uri.Port}", uri.PathAndQuery.TrimEnd('/'), [.. loops.All.Select(loop => new ConnectionShelf(loop, kept))]);
    }
}
