using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Edge;

/// <summary>
/// Refuses a request for no host, and takes the final dot off the name of one: routes, origins and destinations know it without. Over
/// HTTP/1.0 there need be none.
/// </summary>
internal sealed class HostCheck(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (!request.Host.HasValue)
        {
            return HttpProtocol.IsHttp10(request.Protocol) && request.Headers.Host.Count == 0
                ? next(context)
                : Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, "A request says by its Host what it is for.");
        }

        if (request.Host.Value.Contains('.', StringComparison.Ordinal) && Undotted(request.Host) is { } host)
        {
            request.Host = host;
        }

        return next(context);
    }

    /// <summary>The same host without a final dot; null when it has none.</summary>
    public static HostString? Undotted(HostString host) =>
        host.Host is not [_, .., '.'] ? null : host.Port is { } port ? new HostString(host.Host[..^1], port) : new HostString(host.Host[..^1]);
}
