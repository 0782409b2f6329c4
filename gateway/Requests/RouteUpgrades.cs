using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace YarpWs.Gateway.Requests;

/// <summary>The protocols beside websocket that a route's clients may switch to. Metadata of the endpoint; that of a route which names none has none.</summary>
internal sealed class RouteUpgrades(IReadOnlyList<string> protocols)
{
    /// <summary>
    /// What a request is to be upgraded to: the first that the client offers and the route names, as the client writes it; case makes no difference
    /// (RFC 9110, section 7.8). Null when there is none, and for a request that cannot be upgraded: of HTTP/1.0 or HTTP/2, without
    /// <c>Connection: Upgrade</c>, or with a body, behind which the server would have to look for the new protocol.
    /// </summary>
    public string? ChosenOf(HttpContext context) => HttpProtocol.IsHttp11(context.Request.Protocol) && context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
        ? Array.Find(context.Request.Headers.GetCommaSeparatedValues(HeaderNames.Upgrade), offered => protocols.Contains(offered, StringComparer.OrdinalIgnoreCase))
        : null;
}
