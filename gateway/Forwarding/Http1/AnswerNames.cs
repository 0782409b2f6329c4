using System.Collections.Frozen;
using System.Text;

namespace YarpWs.Gateway.Forwarding.Http1;

/// <summary>
/// The names of headers that answers have most often, so that no string is made of each. All of them are known to the platform, which writes them as it knows them,
/// however they were sent.
/// </summary>
internal static class AnswerNames
{
    /// <summary>By length.</summary>
    private static readonly string[][] Known = ByLength(
        "Accept-Ranges", "Access-Control-Allow-Origin", "Age", "Allow", "Cache-Control", "Connection", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Length",
        "Content-Range", "Content-Security-Policy", "Content-Type", "Date", "ETag", "Expires", "Keep-Alive", "Last-Modified", "Link", "Location", "Pragma", "Referrer-Policy", "Retry-After", "Server",
        "Set-Cookie", "Strict-Transport-Security", "Transfer-Encoding", "Vary", "Via", "X-Content-Type-Options", "X-Frame-Options", "X-Powered-By");

    /// <summary>What frames a message, leads it, or says who may have it, and may not stand behind it (RFC 9110, section 6.5.1).</summary>
    private static readonly FrozenSet<string> NotInTrailers = FrozenSet.ToFrozenSet(
        [
            "Age", "Authorization", "Cache-Control", "Connection", "Content-Encoding", "Content-Length", "Content-Range", "Content-Type", "Cookie", "Date", "Expect", "Expires", "Host", "If-Match",
            "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Keep-Alive", "Location", "Max-Forwards", "Pragma", "Proxy-Authenticate", "Proxy-Authorization", "Range", "Retry-After",
            "Set-Cookie", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Vary", "Warning", "WWW-Authenticate",
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether trailers may have one of this name.</summary>
    public static bool MayStandInTrailers(string name) => !NotInTrailers.Contains(name);

    /// <param name="name">Of ASCII.</param>
    public static string Of(ReadOnlySpan<byte> name)
    {
        if (name.Length < Known.Length)
        {
            foreach (var known in Known[name.Length])
            {
                if (Ascii.EqualsIgnoreCase(name, known))
                {
                    return known;
                }
            }
        }

        return Encoding.ASCII.GetString(name);
    }

    private static string[][] ByLength(params string[] names) =>
        [.. Enumerable.Range(0, names.Max(name => name.Length) + 1).Select(length => names.Where(name => name.Length == length).ToArray())];
}
