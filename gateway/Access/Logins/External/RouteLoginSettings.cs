using System.Runtime.CompilerServices;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Access.Logins.External;

/// <summary>What a route's <c>Metadata</c> say of the logins that an external check lets in there: <c>"Metadata": { "Logins.PassCookies": "true" }</c>.</summary>
internal sealed class RouteLoginSettings
{
    private const string Prefix = "Logins.";

    /// <summary>A route's model lives until its configuration changes, and what was read from it as long as it does.</summary>
    private readonly ConditionalWeakTable<RouteModel, RouteLoginOptions> _byRoute = [];

    public RouteLoginOptions Of(RouteModel route) => _byRoute.GetValue(route, model => Read(model.Config));

    /// <summary>Throws an <see cref="InvalidSettingException"/> for what is no setting of logins.</summary>
    public static RouteLoginOptions Read(RouteConfig route) =>
        MetadataSettings.Read(new RouteLoginOptions(), Prefix, route.Metadata, $"ReverseProxy:Routes:{route.RouteId}:Metadata");
}

/// <summary>Those settings.</summary>
internal sealed record RouteLoginOptions
{
    /// <summary>Whether the destinations get the cookies that hold the login as well as the gateway's token: for a site that has sessions of its own. Default false.</summary>
    public bool PassCookies { get; init; }
}
