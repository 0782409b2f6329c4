namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>What a request has of what <see cref="BalancingOptions.HashBy"/> names.</summary>
internal static class HashKey
{
    /// <summary>Null or empty when it has none.</summary>
    public static string? Of(HttpContext context, string by)
    {
        var (kind, name) = by.Split(':', 2) is [var first, var second] ? (first, second) : (by, "");
        return kind switch
        {
            "query" => context.Request.Query[name].ToString(),
            "header" => context.Request.Headers[name].ToString(),
            "claim" => context.User.FindFirst(name)?.Value,
            _ when name.Length > 0 => Segment(context.Request.Path, int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)),
            _ => context.Request.Path.Value,
        };
    }

    private static string? Segment(PathString path, int number) => path.Value?.Split('/').ElementAtOrDefault(number);
}
