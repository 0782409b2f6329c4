using System.Text;
using Microsoft.Extensions.Primitives;

namespace YarpWs.Gateway.Access;

/// <summary>The token as a cookie. The other cookies keep their bytes.</summary>
internal static class CookieToken
{
    public static string? Take(IHeaderDictionary headers, string name)
    {
        string? token = null;
        var lines = headers.Cookie;
        var rest = new List<string>(lines.Count);
        var found = false;
        foreach (var line in lines)
        {
            var others = Without(line!, name, ref token, ref found);
            if (others.Length > 0)
            {
                rest.Add(others);
            }
        }

        if (found)
        {
            headers.Cookie = rest.Count == 0 ? StringValues.Empty : new StringValues([.. rest]);
        }

        return token;
    }

    private static string Without(string line, string name, ref string? token, ref bool found)
    {
        if (!line.Contains(name, StringComparison.Ordinal))
        {
            return line;
        }

        var rest = new StringBuilder(line.Length);
        foreach (var range in line.AsSpan().Split(';'))
        {
            var pair = line.AsSpan()[range];
            var equals = pair.IndexOf('=');
            if (equals >= 0 && pair[..equals].Trim().SequenceEqual(name))
            {
                found = true;
                token ??= pair[(equals + 1)..].Trim().Trim('"').ToString();
                continue;
            }

            if (rest.Length > 0)
            {
                rest.Append(';').Append(pair);
            }
            else
            {
                // A first pair has no separator before it, and so no space either.
                rest.Append(pair.TrimStart());
            }
        }

        return rest.ToString();
    }
}
