using System.Text;
using Microsoft.Extensions.Primitives;

namespace YarpWs.Gateway.Access.Logins.External;

/// <summary>The cookies that hold a login, among all that a request brings. The others keep their bytes.</summary>
internal sealed class LoginCookies(IReadOnlyList<string> names)
{
    private const char Any = '*';

    /// <summary>Those that the request has, as a Cookie header; empty when it has none.</summary>
    public string Of(IHeaderDictionary headers)
    {
        var found = "";
        foreach (var line in headers.Cookie)
        {
            foreach (var range in line.AsSpan().Split(';'))
            {
                var pair = line.AsSpan()[range].Trim();
                if (IsNamed(pair))
                {
                    // Nearly always there is one, and it is often the whole line.
                    found = found.Length > 0 ? string.Concat(found, "; ", pair) : pair.Length == line!.Length ? line : pair.ToString();
                }
            }
        }

        return found;
    }

    /// <summary>Takes them out.</summary>
    public void Remove(IHeaderDictionary headers)
    {
        var lines = headers.Cookie;
        if (lines.Count == 1 && !lines[0]!.Contains(';', StringComparison.Ordinal))
        {
            if (IsNamed(lines[0].AsSpan().Trim()))
            {
                headers.Cookie = StringValues.Empty;
            }
        }
        else if (lines.Count > 0)
        {
            string[] rest = [.. lines.Select(line => Without(line!)).Where(line => line.Length > 0)];
            headers.Cookie = rest.Length == 0 ? StringValues.Empty : new StringValues(rest);
        }
    }

    private string Without(string line)
    {
        var rest = new StringBuilder(line.Length);
        foreach (var range in line.AsSpan().Split(';'))
        {
            var pair = line.AsSpan()[range];
            if (!IsNamed(pair.Trim()))
            {
                // A first pair has no separator before it, and so no space either.
                rest.Append(rest.Length == 0 ? "" : ";").Append(rest.Length == 0 ? pair.TrimStart() : pair);
            }
        }

        return rest.ToString();
    }

    private bool IsNamed(ReadOnlySpan<char> pair)
    {
        var equals = pair.IndexOf('=');
        if (equals < 0)
        {
            return false;
        }

        var cookie = pair[..equals].Trim();
        foreach (var name in names)
        {
            if (name.EndsWith(Any) ? cookie.StartsWith(name.AsSpan(..^1), StringComparison.Ordinal) : cookie.SequenceEqual(name))
            {
                return true;
            }
        }

        return false;
    }
}
