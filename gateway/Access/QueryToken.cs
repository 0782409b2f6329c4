using System.Text;

namespace YarpWs.Gateway.Access;

/// <summary>The token as the query parameter <c>access_token</c>. The other parameters keep their bytes.</summary>
internal static class QueryToken
{
    private const string Name = "access_token";

    public static string? Take(HttpRequest request)
    {
        var query = request.QueryString.Value;
        if (string.IsNullOrEmpty(query) || !MayHold(query))
        {
            return null;
        }

        string? token = null;
        var found = false;
        var rest = new StringBuilder(query.Length);
        foreach (var range in query.AsSpan(1).Split('&'))
        {
            var pair = query.AsSpan(1)[range];
            var equals = pair.IndexOf('=');
            var name = equals < 0 ? pair : pair[..equals];
            if (Uri.UnescapeDataString(name).Equals(Name, StringComparison.OrdinalIgnoreCase))
            {
                found = true;
                token ??= equals < 0 ? null : Uri.UnescapeDataString(pair[(equals + 1)..]);
                continue;
            }

            rest.Append(rest.Length == 0 ? '?' : '&').Append(pair);
        }

        if (found)
        {
            request.QueryString = new QueryString(rest.ToString());
        }

        return token;
    }

    /// <summary>Spares most requests the walk: a name that is written out, or one with an escape in it.</summary>
    private static bool MayHold(string query) => query.Contains(Name, StringComparison.OrdinalIgnoreCase) || query.Contains('%', StringComparison.Ordinal);
}
