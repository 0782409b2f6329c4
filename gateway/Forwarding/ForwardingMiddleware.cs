using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Forwarding;

/// <summary>
/// Decides what destinations are told about the client. Upgrades and plain requests take the same way through it:
/// (1) headers named in Connection go; (2) names the gateway owns go, unless a trusted proxy sent them, and their underscore twins go
/// always; (3) who the client is, is settled; (4) chains are appended and values set.
/// </summary>
internal sealed class ForwardingMiddleware(
    RequestDelegate next,
    IOptions<ForwardingOptions> options,
    TrustedProxies trusted,
    OwnedHeaders owned)
{
    private readonly ForwardingHeaderSet _selected = options.Value.Headers;
    private readonly string? _clientHeader = options.Value.ClientHeader;

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        var headers = request.Headers;
        var peer = TrustedProxies.Plain(context.Connection.RemoteIpAddress);
        var isTrusted = trusted.Contains(peer);
        var sentChain = headers[ForwardingHeaderNames.For];

        // 1
        ConnectionHeader.DropNamed(headers);

        // 2
        DropOwned(headers, isTrusted);

        // 3
        var client = new Client(
            _clientHeader is null ? ClientChain.Client(headers[ForwardingHeaderNames.For], peer, trusted) : isTrusted ? ClientChain.Named(headers[_clientHeader]) ?? peer : peer,
            SchemeOf(request),
            LastOf(headers[ForwardingHeaderNames.Host]) ?? request.Host.Value ?? "")
        {
            SentChain = sentChain,
            IsSchemeTold = headers.ContainsKey(ForwardingHeaderNames.Proto),
            IsInChain = _selected.HasFlag(ForwardingHeaderSet.XForwardedFor),
        };
        context.Features.Set(client);

        // 4
        if (client.IsInChain)
        {
            headers[ForwardingHeaderNames.For] = ClientChain.Append(headers[ForwardingHeaderNames.For], peer?.ToString() ?? "unknown");
        }

        if (_selected.HasFlag(ForwardingHeaderSet.XForwardedProto))
        {
            headers[ForwardingHeaderNames.Proto] = client.Scheme;
        }

        if (_selected.HasFlag(ForwardingHeaderSet.XForwardedHost))
        {
            headers[ForwardingHeaderNames.Host] = client.Host;
        }

        if (_selected.HasFlag(ForwardingHeaderSet.XForwardedPrefix) && request.PathBase.HasValue)
        {
            headers.TryAdd(ForwardingHeaderNames.Prefix, request.PathBase.ToUriComponent());
        }

        if (_selected.HasFlag(ForwardingHeaderSet.XRealIp))
        {
            headers[ForwardingHeaderNames.RealIp] = client.Address?.ToString();
        }

        if (_selected.HasFlag(ForwardingHeaderSet.Forwarded))
        {
            headers[ForwardingHeaderNames.Forwarded] =
                ClientChain.Append(headers[ForwardingHeaderNames.Forwarded], ForwardedElement.Format(peer, request.Host.Value, request.Scheme));
        }

        // A trusted proxy's own certificate says nothing of whom it speaks for; it may say that by the header.
        if (!isTrusted && context.Connection.ClientCertificate is { } certificate)
        {
            headers[ForwardingHeaderNames.ClientCert] = Uri.EscapeDataString(certificate.ExportCertificatePem() + "\n");
        }

        return next(context);
    }

    private void DropOwned(IHeaderDictionary headers, bool isTrusted)
    {
        List<string>? dropped = null;
        foreach (var name in headers.Keys)
        {
            if (owned.ContainsTwinOf(name) || (!isTrusted && owned.Contains(name)))
            {
                (dropped ??= []).Add(name);
            }
        }

        foreach (var name in dropped ?? [])
        {
            headers.Remove(name);
        }
    }

    private static string SchemeOf(HttpRequest request) => LastOf(request.Headers[ForwardingHeaderNames.Proto]) switch
    {
        { } told when told.Equals("https", StringComparison.OrdinalIgnoreCase) => "https",
        { } told when told.Equals("http", StringComparison.OrdinalIgnoreCase) => "http",
        _ => request.Scheme,
    };

    /// <summary>Of several values the last: the one that the trusted peer itself added.</summary>
    private static string? LastOf(StringValues values) =>
        values.Count == 0 ? null : values[^1]!.Split(',')[^1].Trim() is { Length: > 0 } last ? last : null;
}
