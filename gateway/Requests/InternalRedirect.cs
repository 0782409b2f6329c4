using Microsoft.AspNetCore.Http.Features;

namespace YarpWs.Gateway.Requests;

/// <summary>
/// That a request is answered by another route, or as if for another path, than the client asked for: a feature of the request while that goes on.
/// </summary>
/// <param name="Target">What the client asked for: the request target as it was written.</param>
internal sealed record InternalRedirect(string Target)
{
    /// <summary>How often one request may be led on, as in nginx: beyond it, routes lead in a circle.</summary>
    public const int MaxCount = 10;

    /// <summary>How often this request was led on.</summary>
    public int Count { get; set; }

    /// <summary>Whether its path was changed by a route's Answer: what a server asks before its locations was asked of the former path, and is not asked again.</summary>
    public bool IsRewritten { get; set; }

    /// <summary>Whether a page is answered in the place of an error, for whose own errors no page stands.</summary>
    public bool IsErrorPage { get; set; }

    /// <summary>The status that the answer keeps whatever the page says that stands for it; null for that of the page.</summary>
    public int? Status { get; set; }

    /// <summary>The status that an answer has when it begins.</summary>
    public static int StatusOf(HttpContext context) =>
        context.Response.StatusCode is >= 200 and < 300 and var status ? context.Features.Get<InternalRedirect>()?.Status ?? status : context.Response.StatusCode;

    /// <summary>What the client asked for, also of a request that was led on.</summary>
    public static string TargetOf(HttpContext context) =>
        context.Features.Get<InternalRedirect>()?.Target ?? context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
}
