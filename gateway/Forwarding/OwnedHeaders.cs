using System.Collections.Frozen;
using Microsoft.Extensions.Options;

namespace YarpWs.Gateway.Forwarding;

/// <summary>The header names under which destinations look for the gateway's word, and which a client may therefore not use.</summary>
internal sealed class OwnedHeaders(IOptions<ForwardingOptions> options)
{
    private const string XForwardedPrefix = "X-Forwarded-";

    private static readonly string[] Identity =
    [
        "X-User-Id", "X-User-Name", "X-User-Email", "X-User-Roles", "X-Remote-User", "Remote-User",
        "X-Auth-Request-User", "X-Auth-Request-Email", "X-Auth-Request-Groups", ForwardingHeaderNames.ClientCert,
    ];

    private readonly FrozenSet<string> _names = FrozenSet.ToFrozenSet(
        [.. options.Value.IdentityHeaders ?? Identity, ForwardingHeaderNames.RealIp, ForwardingHeaderNames.Forwarded, ForwardingHeaderNames.ClientCert], StringComparer.OrdinalIgnoreCase);

    public bool Contains(string name) => name.StartsWith(XForwardedPrefix, StringComparison.OrdinalIgnoreCase) || _names.Contains(name);

    /// <summary>Whether a name becomes an owned one where '_' and '-' are the same, as in CGI, WSGI and their heirs.</summary>
    public bool ContainsTwinOf(string name) => name.Contains('_', StringComparison.Ordinal) && Contains(name.Replace('_', '-'));
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
