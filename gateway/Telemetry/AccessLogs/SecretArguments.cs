using System.Text;
using System.Text.RegularExpressions;

namespace YarpWs.Gateway.Telemetry.AccessLogs;

/// <summary>
/// Takes what lets its holder in out of what stands in a log: the values of a query's arguments that are called as tokens, tickets and passwords are, whatever has the
/// form of a JWT, and a login in front of a host. Which arguments a destination takes for secrets nobody knows; a format with <c>$uri</c> has none.
/// </summary>
internal static class SecretArguments
{
    private const string Hidden = "***";

    /// <summary>A header and a payload in Base64url; clients write it, so it takes time in proportion to the text alone.</summary>
    private static readonly Regex Jwt = new(@"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_.-]*", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    /// <summary>Within the name of an argument, whatever stands around it.</summary>
    private static readonly string[] Words = ["token", "ticket", "secret", "passw", "pwd", "jwt", "signature", "assertion", "credential", "session", "apikey", "api_key", "api-key"];

    /// <summary>Those of OpenID Connect, and what others call their keys.</summary>
    private static readonly string[] Names = ["code", "state", "sid", "sig", "key", "auth", "authorization"];

    /// <summary>Whether the argument, header or cookie of a name may let its holder in.</summary>
    public static bool IsSecret(string name) =>
        Array.Exists(Words, word => name.Contains(word, StringComparison.OrdinalIgnoreCase)) || Array.Exists(Names, one => one.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>A request's target, or the address in a Referer or Location, with nothing of the kind in it.</summary>
    public static string HideIn(string address)
    {
        var question = address.IndexOfAny(['?', '#']);
        var path = WithoutLogin(question < 0 ? address : address[..question]);
        return question < 0 ? HideTokens(path) : HideTokens(path) + address[question] + HideInQuery(address.AsSpan(question + 1));
    }

    /// <summary>What stands behind the question mark of an address.</summary>
    public static string HideInQuery(ReadOnlySpan<char> query)
    {
        if (!query.Contains('='))
        {
            return HideTokens(query.ToString());
        }

        var shown = new StringBuilder(query.Length);
        var start = 0;
        while (start <= query.Length)
        {
            var length = query[start..].IndexOfAny("&;?#");
            var argument = length < 0 ? query[start..] : query.Slice(start, length);
            var equals = argument.IndexOf('=');
            if (equals >= 0 && IsSecret(Uri.UnescapeDataString(argument[..equals])))
            {
                shown.Append(argument[..(equals + 1)]).Append(Hidden);
            }
            else
            {
                shown.Append(argument);
            }

            if (length < 0)
            {
                break;
            }

            shown.Append(query[start + length]);
            start += length + 1;
        }

        return HideTokens(shown.ToString());
    }

    private static string HideTokens(string text) => text.Contains("eyJ", StringComparison.Ordinal) ? Jwt.Replace(text, Hidden) : text;

    /// <summary>An address may name a user and a password (RFC 3986, section 3.2.1).</summary>
    private static string WithoutLogin(string address)
    {
        var scheme = address.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
        {
            return address;
        }

        var end = address.IndexOf('/', scheme + 3);
        var at = address.AsSpan(0, end < 0 ? address.Length : end).LastIndexOf('@');
        return at < scheme ? address : string.Concat(address.AsSpan(0, scheme + 3), Hidden, address.AsSpan(at));
    }
}
