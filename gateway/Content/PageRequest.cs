using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace YarpWs.Gateway.Content;

/// <summary>Makes of a request one that reads what answers it in another's place.</summary>
internal static class PageRequest
{
    /// <summary>A page is read, whatever the request was, and the body of that may be gone.</summary>
    public static void MakeGet(HttpContext context)
    {
        var request = context.Request;
        request.Method = HttpMethods.IsHead(request.Method) ? request.Method : HttpMethods.Get;
        request.Body = Stream.Null;
        foreach (var name in request.Headers.Keys.Where(IsOfBody).ToList())
        {
            request.Headers.Remove(name);
        }

        context.Features.Set<IHttpRequestBodyDetectionFeature>(NoBody.Instance);
    }

    private static bool IsOfBody(string name) => name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase)
        || name.Equals(HeaderNames.TransferEncoding, StringComparison.OrdinalIgnoreCase) || name.Equals(HeaderNames.Expect, StringComparison.OrdinalIgnoreCase);

    private sealed class NoBody : IHttpRequestBodyDetectionFeature
    {
        public static readonly NoBody Instance = new();

        public bool CanHaveBody => false;
    }
}
