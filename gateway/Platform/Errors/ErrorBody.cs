using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.WebUtilities;
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

        var isHtml = Prefers(context.Request);
        var body = Encoding.UTF8.GetBytes(isHtml ? Page(response.StatusCode, sentence) : sentence + "\n");
        response.ContentType = isHtml ? Html : Text;
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.Append(HeaderNames.Vary, HeaderNames.Accept);
        if (isHtml)
        {
            response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
            response.Headers.XContentTypeOptions = "nosniff";
        }

        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    /// <summary>Whether a page is liked better than text, as browsers say of what they navigate to.</summary>
    private static bool Prefers(HttpRequest request)
    {
        double html = 0, text = 0;
        foreach (var accepted in request.GetTypedHeaders().Accept)
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
