using Microsoft.Net.Http.Headers;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Content;

/// <summary>
/// Follows destinations that answer with X-Accel-Redirect: a destination has judged the request, and another route has the answer, often files of one that is Internal. The destination's body is
/// dropped; of its head goes on what it says of the answer, its type and name among it. The other route is asked by GET, ranges and conditions included.
/// </summary>
internal sealed class AccelRedirect(InternalRedirects redirects)
{
    public const string Header = "X-Accel-Redirect";

    /// <summary>As nginx has them.</summary>
    private static readonly string[] Kept = [HeaderNames.ContentType, HeaderNames.ContentDisposition, HeaderNames.SetCookie, HeaderNames.CacheControl, HeaderNames.Expires];

    public RequestDelegate Then(RequestDelegate next) => async context =>
    {
        await next(context);
        if (context.Features.Get<AccelTarget>() is not { } target)
        {
            return;
        }

        context.Features.Set<AccelTarget>(null);
        var response = context.Response;
        foreach (var name in response.Headers.Keys.Where(name => !Kept.Contains(name, StringComparer.OrdinalIgnoreCase)).ToList())
        {
            response.Headers.Remove(name);
        }

        if (target.Place is not ['/' or '@', ..])
        {
            await Refusal.WriteAsync(context, StatusCodes.Status500InternalServerError, "The destination leads to what is no path.", RefusalReason.Route);
            return;
        }

        // For the log, which says what the client asked for.
        var method = context.Request.Method;
        response.StatusCode = StatusCodes.Status200OK;
        PageRequest.MakeGet(context);
        await redirects.RunAsync(context, target.Place, status: null);
        context.Request.Method = method;
    };
}

/// <summary>Where a destination leads a request on: a feature of the request until it is followed.</summary>
/// <param name="Place">A path, perhaps with a query, or '@' and the id of a route.</param>
internal sealed record AccelTarget(string Place);
