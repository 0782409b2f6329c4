using System.Buffers.Text;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace YarpWs.Gateway.Access;

/// <summary>
/// The token as a WebSocket subprotocol, the one header a page's script can set on a handshake:
/// <c>base64url.bearer.authorization.k8s.io.</c> and the token in base64url. A client offers a real protocol beside it, because a browser
/// fails a socket for which none was chosen of those it offered.
/// </summary>
internal static class SubprotocolToken
{
    private const string Prefix = "base64url.bearer.authorization.k8s.io.";

    public static string? Take(IHeaderDictionary headers)
    {
        var offered = headers.SecWebSocketProtocol;
        if (!offered.Any(value => value!.Contains(Prefix, StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }

        string? token = null;
        var rest = new List<string>();
        foreach (var protocol in offered.SelectMany(value => value!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)))
        {
            if (protocol.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                token ??= Decode(protocol.AsSpan(Prefix.Length));
            }
            else
            {
                rest.Add(protocol);
            }
        }

        // No values remove the header; a null string would stay as a value that cannot be forwarded.
        headers.SecWebSocketProtocol = rest.Count == 0 ? StringValues.Empty : string.Join(", ", rest);
        return token;
    }

    private static string? Decode(ReadOnlySpan<char> encoded) =>
        Base64Url.IsValid(encoded) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(encoded)) : null;
}
