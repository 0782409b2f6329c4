namespace YarpWs.Gateway.Requests;

/// <summary>
/// What a route has done to its requests before its endpoint answers them, in order. It is metadata of the endpoint, made once with it; endpoints of routes
/// that ask for none of it have none.
/// </summary>
internal sealed class RouteSteps(IReadOnlyList<Func<RequestDelegate, RequestDelegate>> steps)
{
    private RequestDelegate? _whole;

    /// <param name="context">The request.</param>
    /// <param name="next">What comes behind the steps; always the same.</param>
    public Task InvokeAsync(HttpContext context, RequestDelegate next) => (_whole ??= steps.Reverse().Aggregate(next, (inner, step) => step(inner)))(context);
}

/// <summary>Has a request go through the steps of its route, behind routing and before anything is asked of it.</summary>
internal sealed class RouteStepsMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<RouteSteps>() is { } steps ? steps.InvokeAsync(context, next) : next(context);
}
