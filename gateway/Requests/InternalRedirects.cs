using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace YarpWs.Gateway.Requests;

/// <summary>
/// Has a request answered by another route, or as if for another path (nginx's internal redirect). It goes through the middlewares from routing on once
/// more, so that whatever the other route asks for is asked. Any thread; the answer must not have begun.
/// </summary>
internal sealed class InternalRedirects(IServiceProvider services)
{
    private RequestDelegate? _entry;
    private (IReadOnlyList<Endpoint> Endpoints, Dictionary<string, Endpoint> ById)? _routes;

    /// <summary>What begins with routing; told once, as the middlewares are put together.</summary>
    public RequestDelegate Entry { set => _entry = value; }

    /// <param name="context">The request.</param>
    /// <param name="place">A path, perhaps with a query, or '@' and the id of a route.</param>
    /// <param name="status">The status that the answer keeps; null for what the other route says.</param>
    /// <param name="isRewritten">Whether what a server asks before its locations is not asked again.</param>
    /// <param name="isErrorPage">Whether the answer stands in the place of an error.</param>
    public async Task RunAsync(HttpContext context, string place, int? status, bool isRewritten = false, bool isErrorPage = false)
    {
        var request = context.Request;
        var feature = context.Features.GetRequiredFeature<IHttpRequestFeature>();
        var redirect = context.Features.Get<InternalRedirect>() ?? new InternalRedirect(feature.RawTarget);
        var endpoint = place.StartsWith('@') ? Find(place[1..]) : null;
        if (++redirect.Count > InternalRedirect.MaxCount || (endpoint is null && place.StartsWith('@')))
        {
            await Refusal.WriteAsync(context, StatusCodes.Status500InternalServerError, "The routes of this address lead in a circle.", RefusalReason.Route);
            return;
        }

        if (status is not null)
        {
            redirect.Status = status;
        }

        redirect.IsRewritten = isRewritten;
        redirect.IsErrorPage |= isErrorPage;

        var (target, path, query, isFirst) = (feature.RawTarget, request.Path, request.QueryString, redirect.Count == 1);
        var (failure, proxied) = (context.GetForwarderErrorFeature(), context.Features.Get<IReverseProxyFeature>());
        context.Features.Set(redirect);
        context.Features.Set<IForwarderErrorFeature>(null);
        context.Features.Set<IReverseProxyFeature>(null);
        context.SetEndpoint(endpoint);
        request.RouteValues = [];
        if (endpoint is null)
        {
            var encoded = RawPath.EncodeTarget(place);
            var question = encoded.IndexOf('?', StringComparison.Ordinal);
            request.Path = PathString.FromUriComponent(question < 0 ? encoded : encoded[..question]);
            request.QueryString = question < 0 ? QueryString.Empty : new QueryString(encoded[question..]);
            feature.RawTarget = encoded;
        }

        if (isFirst)
        {
            context.Response.OnStarting(KeepStatus, context);
        }

        try
        {
            await _entry!(context);
        }
        finally
        {
            // The log says what the client asked for, and why it got a page; the proxy may still be at what failed.
            (feature.RawTarget, request.Path, request.QueryString) = (target, path, query);
            if (proxied is not null)
            {
                context.Features.Set(proxied);
                context.Features.Set(failure);
            }
        }
    }

    private static Task KeepStatus(object state)
    {
        var context = (HttpContext)state;
        var response = context.Response;
        response.StatusCode = InternalRedirect.StatusOf(context);
        if (response.StatusCode >= StatusCodes.Status300MultipleChoices)
        {
            // Those of the page are none of the error's.
            response.Headers.Remove(HeaderNames.LastModified);
            response.Headers.Remove(HeaderNames.AcceptRanges);
        }

        return Task.CompletedTask;
    }

    /// <summary>The list is another one when routes have changed.</summary>
    private Endpoint? Find(string route)
    {
        var endpoints = services.GetRequiredService<EndpointDataSource>().Endpoints;
        if (_routes is not { } routes || !ReferenceEquals(routes.Endpoints, endpoints))
        {
            var byId = new Dictionary<string, Endpoint>(StringComparer.OrdinalIgnoreCase);
            foreach (var endpoint in endpoints)
            {
                if (endpoint.Metadata.GetMetadata<RouteModel>() is { } model)
                {
                    byId.TryAdd(model.Config.RouteId, endpoint);
                }
            }

            _routes = routes = (endpoints, byId);
        }

        return routes.ById.GetValueOrDefault(route);
    }
}

/// <summary>Where requests that are led on come in again: in front of routing.</summary>
internal sealed class InternalRedirectEntry
{
    private readonly RequestDelegate _next;

    public InternalRedirectEntry(RequestDelegate next, InternalRedirects redirects) => redirects.Entry = _next = next;

    public Task InvokeAsync(HttpContext context) => _next(context);
}
