using Microsoft.AspNetCore.Authorization;
using Yarp.ReverseProxy.Model;

namespace YarpWs.Gateway.Access;

/// <summary>Finds out whose a request is, and whether its route lets them in.</summary>
internal static class LoginPipeline
{
    /// <summary>Where <see cref="WebApplication"/> looks whether it is to put them in front of everything, as it does for who has forgotten them. It does not see those of a branch.</summary>
    private static readonly string[] Places = ["__AuthenticationMiddlewareSet", "__AuthorizationMiddlewareSet"];

    /// <summary>
    /// Authentication and authorization, behind routing. A request that brings nothing to be known by, on a route that asks for no login, passes by them: they would find nobody and refuse nobody, for
    /// a twentieth of what a plain request costs.
    /// </summary>
    public static void UseLogins(this IApplicationBuilder app)
    {
        app.UseWhen(context => !IsOpen(context), asked =>
        {
            asked.UseAuthentication();
            asked.UseAuthorization();
        });
        foreach (var place in Places)
        {
            app.Properties[place] = true;
        }
    }

    private static bool IsOpen(HttpContext context) =>
        context.Request.Headers.Authorization.Count == 0
        && context.GetEndpoint()?.Metadata is { } metadata && metadata.GetMetadata<RouteModel>() is not null && metadata.GetMetadata<IAllowAnonymous>() is not null;
}
