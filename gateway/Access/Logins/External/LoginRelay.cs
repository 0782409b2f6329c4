using Yarp.ReverseProxy.Model;

namespace YarpWs.Gateway.Access.Logins.External;

/// <summary>
/// Puts the gateway's own token where a user's token goes on, in the place of whatever stood there, for a request that an external check has let in; and takes the cookies of the login out, unless the route
/// says that its destinations get them (<see cref="RouteLoginSettings"/>).
/// </summary>
internal sealed class LoginRelay(RequestDelegate next, ExternalChecks checks, LoginTokens tokens, RouteLoginSettings routes)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<LoginLease>()?.Verdict.Login is { } login && context.User.Identity?.AuthenticationType is { } scheme && login.Principal.Identity?.AuthenticationType == scheme)
        {
            context.Features.Set(login.Login);
            context.Request.Headers.Authorization = "Bearer " + tokens.Of(login);
            if (context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>() is not { } route || !routes.Of(route).PassCookies)
            {
                checks[scheme].TakeCookies(context.Request);
            }
        }

        return next(context);
    }
}
