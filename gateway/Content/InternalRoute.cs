using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Content;

/// <summary>Keeps a route for requests that another route has led to it.</summary>
internal static class InternalRoute
{
    public static RequestDelegate Then(RequestDelegate next) => context => context.Features.Get<InternalRedirect>() is not null
        ? next(context)
        : Refusal.WriteAsync(context, StatusCodes.Status404NotFound, "No route leads here.", RefusalReason.Route);
}
