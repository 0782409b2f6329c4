using System.Globalization;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace YarpWs.Gateway.Content.Cache;

/// <summary>Gives a client an answer that is kept, or tells it that it has that one already (RFC 9110, section 13).</summary>
internal static class KeptAnswer
{
    /// <summary>What a 304 says of the answer that the client has (RFC 9110, section 15.4.5).</summary>
    private static readonly string[] OfNotModified =
        [HeaderNames.CacheControl, HeaderNames.ContentLocation, HeaderNames.Date, HeaderNames.ETag, HeaderNames.Expires, HeaderNames.Vary, HeaderNames.LastModified];

    public static async Task WriteAsync(HttpContext context, CachedAnswer answer, TimeSpan age)
    {
        var (request, response) = (context.Request, context.Response);
        var isKnown = answer.Status == StatusCodes.Status200OK && IsKnown(request.Headers, answer);
        response.StatusCode = isKnown ? StatusCodes.Status304NotModified : answer.Status;
        foreach (var (name, value) in answer.Headers)
        {
            if (!isKnown || OfNotModified.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                response.Headers[name] = value;
            }
        }

        response.Headers.Age = ((long)(answer.AgeBefore + age).TotalSeconds).ToString(CultureInfo.InvariantCulture);
        if (isKnown || answer.Status == StatusCodes.Status204NoContent)
        {
            return;
        }

        response.ContentLength = answer.Body.Length;
        if (!HttpMethods.IsHead(request.Method))
        {
            await response.Body.WriteAsync(answer.Body, context.RequestAborted);
        }
    }

    private static bool IsKnown(IHeaderDictionary asked, CachedAnswer answer)
    {
        if (asked.IfNoneMatch.Count > 0)
        {
            var tag = Of(answer, HeaderNames.ETag).ToString();
            return asked.IfNoneMatch.SelectMany(value => (value ?? "").Split(',')).Select(value => value.Trim()).Any(value => value == "*" || (tag.Length > 0 && Weak(value) == Weak(tag)));
        }

        return asked.IfModifiedSince.Count > 0 && Date(asked.IfModifiedSince) is { } since && Date(Of(answer, HeaderNames.LastModified)) is { } modified && modified <= since;
    }

    private static StringValues Of(CachedAnswer answer, string name) => answer.Headers.FirstOrDefault(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    private static string Weak(string tag) => tag.StartsWith("W/", StringComparison.Ordinal) ? tag[2..] : tag;

    private static DateTimeOffset? Date(StringValues text) =>
        DateTimeOffset.TryParseExact(text.ToString(), "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : null;
}
