using System.Collections.Frozen;
using System.Reflection;

namespace YarpWs.Gateway.Operator;

/// <summary>
/// The operator's page: its files, which are part of the program. It runs its own scripts and styles alone, makes no script or mark-up of text (Trusted Types), and stands
/// in nobody's frame.
/// </summary>
internal static class AdminSite
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private const string Folder = "page/";

    /// <summary>By path, which is the resource's name.</summary>
    private static readonly FrozenDictionary<string, string> Types = Assembly.GetExecutingAssembly().GetManifestResourceNames()
        .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
        .ToFrozenDictionary(name => "/" + name, TypeOf, StringComparer.Ordinal);

    public static bool Has(string? path) => path is "/" || (path is not null && Types.ContainsKey(path));

    public static async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value is "/" ? $"/{Folder}index.html" : context.Request.Path.Value!;
        await using var file = Assembly.GetExecutingAssembly().GetManifestResourceStream(path[1..])!;
        var response = context.Response;
        response.ContentType = Types[path];
        response.ContentLength = file.Length;
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers.CacheControl = "no-cache";
        await file.CopyToAsync(response.Body, context.RequestAborted);
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new InvalidOperationException($"The page has no files that end with {other}."),
    };
}
