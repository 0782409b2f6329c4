using Microsoft.AspNetCore.Http.Features;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Access;

/// <summary>Lets in those whose addresses a route allows: of clients behind trusted proxies their own.</summary>
internal static class NetworkGate
{
    /// <summary>Those may go on without what the others are asked for.</summary>
    public static RequestDelegate Either(NetworkList networks, RequestDelegate next, RequestDelegate others) => context =>
        (networks.Allows(context.Features.GetRequiredFeature<Client>().Address) ? next : others)(context);

    public static RequestDelegate Then(NetworkList networks, RequestDelegate next) => context =>
        networks.Allows(context.Features.GetRequiredFeature<Client>().Address)
            ? next(context)
            : Refusal.WriteAsync(context, StatusCodes.Status403Forbidden, "This address is not open to where you are.", RefusalReason.Policy);
}
