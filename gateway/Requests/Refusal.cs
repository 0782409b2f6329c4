using Yarp.ReverseProxy.Model;

namespace YarpWs.Gateway.Requests;

/// <summary>An answer of the gateway's own that says in one line what was wrong with the request.</summary>
internal sealed class Refusal
{
    private readonly RefusalReason _reason;

    private Refusal(RefusalReason reason) => _reason = reason;

    public static Task WriteAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(reason + "\n", context.RequestAborted);
    }

    /// <summary>The same, where the status alone does not tell why.</summary>
    public static Task WriteAsync(HttpContext context, int status, string reason, RefusalReason why)
    {
        context.Features.Set(new Refusal(why));
        return WriteAsync(context, status, reason);
    }

    /// <summary>Why a request was refused that has its answer.</summary>
    public static RefusalReason ReasonOf(HttpContext context)
    {
        if (context.Features.Get<Refusal>() is { } refusal)
        {
            return refusal._reason;
        }

        if (context.Features.Get<IReverseProxyFeature>() is { } proxy && (proxy.ProxiedDestination is not null || context.GetForwarderErrorFeature() is not null))
        {
            return RefusalReason.Destination;
        }

        return context.Response.StatusCode switch
        {
            StatusCodes.Status401Unauthorized => RefusalReason.Login,
            StatusCodes.Status403Forbidden => RefusalReason.Policy,
            StatusCodes.Status404NotFound => RefusalReason.Route,
            StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout => RefusalReason.Destination,
            _ => RefusalReason.Request,
        };
    }
}
