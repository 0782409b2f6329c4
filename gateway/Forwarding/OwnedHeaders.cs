using System.Buffers;
using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Forwarding;

/// <summary>The header names under which destinations look for the gateway's word, and which a client may therefore not use.</summary>
internal sealed class OwnedHeaders(IOptions<ForwardingOptions> options, IdentityHeaders told)
{
    private const string XForwardedPrefix = "X-Forwarded-";

    private static readonly string[] Identity =
    [
        "X-User-Id", "X-User-Name", "X-User-Email", "X-User-Roles", "X-Remote-User", "Remote-User",
        "X-Auth-Request-User", "X-Auth-Request-Email", "X-Auth-Request-Groups", ForwardingHeaderNames.ClientCert,
    ];

    private static readonly string[] Framing = [HeaderNames.ContentLength, HeaderNames.TransferEncoding];

    /// <summary>What every backend reads as it is written.</summary>
    private static readonly SearchValues<char> Plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");

    private readonly FrozenSet<string> _names = FrozenSet.ToFrozenSet(
        [.. options.Value.IdentityHeaders ?? Identity, .. told.Names, ForwardingHeaderNames.RealIp, ForwardingHeaderNames.Forwarded, ForwardingHeaderNames.ClientCert], StringComparer.OrdinalIgnoreCase);

    public bool Contains(string name) => name.StartsWith(XForwardedPrefix, StringComparison.OrdinalIgnoreCase) || _names.Contains(name);

    /// <summary>
    /// Whether a name becomes an owned one, or one that frames the request, where what is neither letter nor digit is the same: CGI, WSGI and
    /// their heirs make '_' of '-', and some of '.' and the rest as well.
    /// </summary>
    public bool ContainsTwinOf(string name)
    {
        if (!name.AsSpan().ContainsAnyExcept(Plain))
        {
            return false;
        }

        var twin = string.Create(name.Length, name, static (characters, text) =>
        {
            text.CopyTo(characters);
            characters.ReplaceAnyExcept(Plain, '-');
        });
        return Contains(twin) || Array.Exists(Framing, header => header.Equals(twin, StringComparison.OrdinalIgnoreCase));
    }
}

internal static class ForwardingHeaderNames
{
    public const string For = "X-Forwarded-For";
    public const string Proto = "X-Forwarded-Proto";
    public const string Host = "X-Forwarded-Host";
    public const string Prefix = "X-Forwarded-Prefix";
    public const string RealIp = "X-Real-IP";
    public const string Forwarded = "Forwarded";

    /// <summary>The verified certificate of the client, PEM, percent-encoded as nginx's <c>$ssl_client_escaped_cert</c>.</summary>
    public const string ClientCert = "X-Client-Cert";
}
