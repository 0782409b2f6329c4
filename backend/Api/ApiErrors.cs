using Microsoft.AspNetCore.WebUtilities;
using YarpWs.Platform.Errors;
using YarpWs.Platform.Jwt;

namespace YarpWs.Backend.Api;

/// <summary>The bodies of errors that the platform answers by itself: JSON as all others of the HTTP API under its addresses, a sentence elsewhere.</summary>
internal static class ApiErrors
{
    private static readonly PathString Api = "/api";

    public static string SentenceOf(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status400BadRequest => "The request cannot be read: its body is not what its head says.",
        StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden => LoginRefusal.SentenceOf(context),
        StatusCodes.Status503ServiceUnavailable when LoginRefusal.IsForNow(context) => LoginRefusal.SentenceOf(context),
        StatusCodes.Status404NotFound => "Nothing is at this address.",
        StatusCodes.Status405MethodNotAllowed => $"This address does not take {context.Request.Method}; it takes {context.Response.Headers.Allow}.",
        StatusCodes.Status415UnsupportedMediaType => ApiError.MediaTypes,
        var status => $"{ReasonPhrases.GetReasonPhrase(status)}.",
    };

    public static Task WriteAsync(HttpContext context, string sentence)
    {
        if (!context.Request.Path.StartsWithSegments(Api, StringComparison.OrdinalIgnoreCase))
        {
            return ErrorBody.WriteAsync(context, sentence);
        }

        var code = $"Error.{ReasonPhrases.GetReasonPhrase(context.Response.StatusCode).Replace(" ", "", StringComparison.Ordinal)}";
        return context.Response.WriteAsJsonAsync(new ApiError(code, sentence), context.RequestAborted);
    }
}
