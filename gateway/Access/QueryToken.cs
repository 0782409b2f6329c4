using System.Text;

namespace YarpWs.Gateway.Access;

/// <summary>A token or a ticket as a query parameter. The other parameters keep their bytes.</summary>
internal static class QueryToken
{
    public const string Token = "access_token";
    public const string Ticket = "ticket";

    /// <summary>Takes out every parameter of this name, and returns the first value. What is not <paramref name="wanted"/> stays.</summary>
    public static string? Take(HttpRequest request, string parameter, Func<string, bool>? wanted = null)
    {
        var query = request.QueryString.Value;
        if (string.IsNullOrEmpty(query) || !MayHold(query, parameter))
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
            if (Uri.UnescapeDataString(name).Equals(parameter, StringComparison.OrdinalIgnoreCase))
            {
                var value = equals < 0 ? null : Uri.UnescapeDataString(pair[(equals + 1)..]);
                if (wanted is null || (value is not null && wanted(value)))
                {
                    found = true;
                    token ??= value;
                    continue;
                }
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
    private static bool MayHold(string query, string name) =>
        query.Contains(name, StringComparison.OrdinalIgnoreCase) || query.Contains('%', StringComparison.Ordinal);
}
