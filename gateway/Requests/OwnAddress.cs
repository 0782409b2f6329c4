using Microsoft.AspNetCore.Http.Features;

namespace YarpWs.Gateway.Requests;

/// <summary>Where a redirect of a location's own leads.</summary>
internal static class OwnAddress
{
    /// <summary>
    /// A path and query as nginx writes them: behind the scheme, the host that was asked for and the port of the listener where it is not the usual one, or by themselves
    /// where the server says RelativeRedirects.
    /// </summary>
    public static string Of(HttpContext context, string target)
    {
        if (context.Features.Get<MatchedLocation>() is not { RelativeRedirects: false })
        {
            return target;
        }

        var client = context.Features.GetRequiredFeature<Client>();
        var port = context.Connection.LocalPort;
        var authority = (client.Scheme, port) is ("http", 80) or ("https", 443) or (_, 0) ? context.Request.Host.Host : $"{context.Request.Host.Host}:{port}";
        return $"{client.Scheme}://{authority}{target}";
    }
}
