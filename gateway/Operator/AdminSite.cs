using System.Reflection;

namespace YarpWs.Gateway.Operator;

/// <summary>The operator's page: its files, which are part of the program. It runs its own script and style alone, and stands in nobody's frame.</summary>
internal static class AdminSite
{
    private const string Policy = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    private static readonly Dictionary<string, (string Resource, string Type)> Files = new(StringComparer.Ordinal)
    {
        ["/"] = ("page.index.html", "text/html; charset=utf-8"),
        ["/page/app.js"] = ("page.app.js", "text/javascript; charset=utf-8"),
        ["/page/charts.js"] = ("page.charts.js", "text/javascript; charset=utf-8"),
        ["/page/orders.js"] = ("page.orders.js", "text/javascript; charset=utf-8"),
        ["/page/style.css"] = ("page.style.css", "text/css; charset=utf-8"),
        ["/page/icon.svg"] = ("page.icon.svg", "image/svg+xml"),
    };

    public static bool Has(string? path) => path is not null && Files.ContainsKey(path);

    public static async Task AnswerAsync(HttpContext context)
    {
        var (resource, type) = Files[context.Request.Path.Value!];
        await using var file = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
        var response = context.Response;
        response.ContentType = type;
        response.ContentLength = file.Length;
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers.CacheControl = "no-cache";
        await file.CopyToAsync(response.Body, context.RequestAborted);
    }
}
