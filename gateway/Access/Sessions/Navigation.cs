using Microsoft.Net.Http.Headers;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Access.Sessions;

/// <summary>Tells a person who opens a page from a script that asks for data.</summary>
internal static class Navigation
{
    private const string FetchMode = "Sec-Fetch-Mode";

    /// <summary>
    /// A GET that wants HTML, and where the browser says what kind of request it is (Fetch Metadata), a navigation. A socket is none.
    /// </summary>
    public static bool Is(HttpContext context) => HttpMethods.IsGet(context.Request.Method) && WantsPage(context.Request) && !context.IsHandshake();

    /// <summary>The same for any method: a form that is sent wants a page as well.</summary>
    public static bool WantsPage(HttpRequest request)
    {
        var mode = request.Headers[FetchMode];
        return (mode.Count == 0 || mode == "navigate")
            && MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted)
            && accepted.Any(type => type.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase) && type.Quality is not 0);
    }
}
