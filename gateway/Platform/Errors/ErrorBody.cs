using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace YarpWs.Platform.Errors;

/// <summary>The body of an error: one sentence, as text, or as a small page for those who look at it in a browser.</summary>
internal static class ErrorBody
{
    private const string Text = "text/plain; charset=utf-8";
    private const string Html = "text/html; charset=utf-8";

    /// <summary>Writes it, with the answer's status and what Retry-After says. Any thread; headers that were set stay.</summary>
    public static Task WriteAsync(HttpContext context, string sentence)
    {
        var response = context.Response;
        if (response.Headers.RetryAfter is [{ Length: > 0 } seconds])
        {
            sentence += $" Come back in {seconds} s.";
        }

        var (headers, body) = Make(context.Request.Headers, response.StatusCode, sentence);
        foreach (var (name, value) in headers)
        {
            response.Headers[name] = name == HeaderNames.Vary ? StringValues.Concat(response.Headers.Vary, value) : value;
        }

        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    /// <summary>The same as headers and bytes, as the headers of the request ask for it; <c>Vary</c> goes beside what stands there.</summary>
    public static (IReadOnlyList<(string Name, string Value)> Headers, byte[] Body) Make(IHeaderDictionary request, int status, string sentence)
    {
        var isHtml = Prefers(new RequestHeaders(request));
        var body = Encoding.UTF8.GetBytes(isHtml ? Page(status, sentence) : sentence + "\n");
        List<(string, string)> headers =
        [
            (HeaderNames.ContentType, isHtml ? Html : Text),
            (HeaderNames.ContentLength, body.Length.ToString(CultureInfo.InvariantCulture)),
            (HeaderNames.CacheControl, "no-store"),
            (HeaderNames.Vary, HeaderNames.Accept),
        ];
        if (isHtml)
        {
            headers.Add((HeaderNames.ContentSecurityPolicy, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"));
            headers.Add((HeaderNames.XContentTypeOptions, "nosniff"));
        }

        return (headers, body);
    }

    /// <summary>Whether a page is liked better than text, as browsers say of what they navigate to.</summary>
    private static bool Prefers(RequestHeaders request)
    {
        double html = 0, text = 0;
        foreach (var accepted in request.Accept)
        {
            var quality = accepted.Quality ?? 1;
            if (accepted.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase))
            {
                html = quality;
            }
            else if (accepted.MediaType.Equals("text/plain", StringComparison.OrdinalIgnoreCase))
            {
                text = quality;
            }
        }

        return html > text;
    }

    private static string Page(int status, string sentence) => $$"""
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{{status}} {{ReasonPhrases.GetReasonPhrase(status)}}</title>
        <style>body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 18vh auto 0; padding: 0 1.5rem } h1 { font-size: 1.3rem }</style>
        <h1>{{status}} {{ReasonPhrases.GetReasonPhrase(status)}}</h1>
        <p>{{HtmlEncoder.Default.Encode(sentence)}}</p>
        </html>

        """;
}
