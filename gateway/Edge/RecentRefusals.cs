using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Edge;

/// <summary>
/// The last requests that were refused here, or that no destination has answered, for the operator's page: what the access log says of them, and so neither
/// queries nor tokens. Any thread may call it.
/// </summary>
internal sealed class RecentRefusals(TimeProvider time)
{
    /// <summary>Of up to some 1.5 KiB each, when clients write all they can: 400 KiB at most.</summary>
    public const int Capacity = 256;

    private readonly Recent<RefusedRequest> _requests = new(Capacity);

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<RefusedRequest> All => _requests.All();

    /// <summary>Looks at a request that has its answer.</summary>
    public void Look(HttpContext context)
    {
        if (Refusal.WordsOf(context) is not { } reason)
        {
            return;
        }

        var proxy = context.Features.Get<IReverseProxyFeature>();
        _requests.Add(new RefusedRequest(
            time.GetUtcNow(),
            context.Response.StatusCode,
            LogText.Escape(reason),
            Refusal.GivenOf(context),
            (context.Features.Get<Client>()?.Address ?? context.Connection.RemoteIpAddress)?.ToString(),
            context.User.FindFirst("sub")?.Value is { } user ? LogText.Escape(user) : null,
            LogText.Escape(context.Request.Method),
            LogText.PathOf(context),
            IsHandshake: context.Features.Get<Handshake>() is not null,
            context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>()?.Config.RouteId,
            proxy?.ProxiedDestination?.DestinationId,
            LogText.TraceId));
    }
}

/// <summary>A request that was refused, in the words of the access log.</summary>
internal sealed record RefusedRequest(
    DateTimeOffset At, int Status, string Reason, string? Sentence, string? Ip, string? User, string Method, string Path, bool IsHandshake, string? Route, string? Destination, string TraceId);
