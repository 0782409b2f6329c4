using Microsoft.AspNetCore.StaticFiles;

namespace YarpWs.Backend.Api;

/// <summary>The demo page's files. It runs its own scripts and styles, talks to its own origin, and stands in nobody's frame.</summary>
internal static class DemoPage
{
    private const string Policy = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    public static void Harden(StaticFileResponseContext file)
    {
        var headers = file.Context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-cache";
    }
}
