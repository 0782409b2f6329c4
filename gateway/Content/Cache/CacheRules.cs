using System.Globalization;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace YarpWs.Gateway.Content.Cache;

/// <summary>Whether an answer may be given to others, and for how long (RFC 9111, sections 3 and 4.2; RFC 5861).</summary>
internal static class CacheRules
{
    /// <summary>Of the connection, of the moment, and what the gateway says itself of each answer.</summary>
    private static readonly string[] NotKept = [HeaderNames.Connection, HeaderNames.TransferEncoding, "Keep-Alive", HeaderNames.ProxyAuthenticate, HeaderNames.Trailer, HeaderNames.Upgrade, HeaderNames.Age, HeaderNames.SetCookie];

    /// <summary>Those that may be kept where they say for how long (RFC 9110, section 15.1), but for parts.</summary>
    private static readonly int[] KeptStatuses = [200, 203, 204, 300, 301, 302, 307, 308, 404, 405, 410, 414];

    private static readonly CacheAge NoAge = new();
    private static readonly int[] DefaultStatuses = [200, 301, 302];

    /// <summary>How an answer is kept, without its body; null when it is not.</summary>
    public static CachedAnswer? Judge(CacheOptions options, HttpResponse response, DateTimeOffset now, long timestamp)
    {
        var (status, headers) = (response.StatusCode, response.Headers);
        if (status is < 200 or 206 or 304 || headers.ContainsKey(HeaderNames.ContentRange) || headers.Vary.Any(value => value?.Split(',').Any(name => name.Trim() == "*") == true)
            || (headers.SetCookie.Count > 0 && !options.WithSetCookie))
        {
            return null;
        }

        var said = Directives(headers.CacheControl);
        var own = options.Ages?.FirstOrDefault(age => (age.Statuses ?? DefaultStatuses).Contains(status)) ?? NoAge;
        var before = TimeSpan.Zero;
        TimeSpan lifetime;
        if (options.IgnoreCacheControl)
        {
            lifetime = own.Age;
        }
        else if (said.ContainsKey("no-store") || said.ContainsKey("private") || said.ContainsKey("no-cache"))
        {
            return null;
        }
        else if (Told(headers, said) is { } told)
        {
            before = SecondsOf(headers.Age.ToString()) ?? TimeSpan.Zero;
            lifetime = KeptStatuses.Contains(status) || own.Age > TimeSpan.Zero ? told - before : TimeSpan.Zero;
        }
        else
        {
            lifetime = own.Age;
        }

        if (lifetime <= TimeSpan.Zero)
        {
            return null;
        }

        var isStrict = !options.IgnoreCacheControl && (said.ContainsKey("must-revalidate") || said.ContainsKey("proxy-revalidate") || said.ContainsKey("s-maxage"));
        return new CachedAnswer
        {
            Status = status,
            Headers = [.. headers.Where(header => !NotKept.Contains(header.Key, StringComparer.OrdinalIgnoreCase) && header.Value.Count > 0), .. WithDate(headers, now)],
            Body = [],
            StoredAt = timestamp,
            AgeBefore = before,
            Lifetime = lifetime,
            StaleWhileRevalidate = isStrict ? TimeSpan.Zero : SecondsOf(said.GetValueOrDefault("stale-while-revalidate")) ?? options.StaleWhileRevalidate,
            StaleIfError = isStrict ? TimeSpan.Zero : SecondsOf(said.GetValueOrDefault("stale-if-error")) ?? options.StaleIfError,
        };
    }

    /// <summary>The headers by which the answers to a request differ, in small letters and in order.</summary>
    public static string[] VaryOf(IHeaderDictionary headers) =>
        [.. headers.Vary.SelectMany(value => (value ?? "").Split(',')).Select(name => name.Trim().ToLowerInvariant()).Where(name => name.Length > 0).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>For how long an answer says that it is good; null when it does not. What cannot be read has gone by already.</summary>
    private static TimeSpan? Told(IHeaderDictionary headers, Dictionary<string, string> said)
    {
        foreach (var name in (string[])["s-maxage", "max-age"])
        {
            if (said.TryGetValue(name, out var text))
            {
                return SecondsOf(text) ?? TimeSpan.Zero;
            }
        }

        if (headers.Expires.Count == 0)
        {
            return null;
        }

        return DateOf(headers.Expires) is { } expires && DateOf(headers.Date) is { } date ? expires - date : TimeSpan.Zero;
    }

    /// <summary>The server would say its own date of an answer that has none, and so another one each time.</summary>
    private static IEnumerable<KeyValuePair<string, StringValues>> WithDate(IHeaderDictionary headers, DateTimeOffset now) =>
        headers.Date.Count > 0 ? [] : [new(HeaderNames.Date, now.ToString("R", CultureInfo.InvariantCulture))];

    private static Dictionary<string, string> Directives(StringValues cacheControl)
    {
        var directives = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in cacheControl.SelectMany(value => (value ?? "").Split(',')))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var name = (equals < 0 ? part : part[..equals]).Trim();
            directives.TryAdd(name, equals < 0 ? "" : part[(equals + 1)..].Trim().Trim('"'));
        }

        return directives;
    }

    private static TimeSpan? SecondsOf(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(Math.Min(seconds, 365 * 86_400)) : null;

    private static DateTimeOffset? DateOf(StringValues text) =>
        DateTimeOffset.TryParse(text.ToString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : null;
}
