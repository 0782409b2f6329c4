using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Requests;

/// <summary>
/// The section <c>Bodies</c> as it holds for one route, whose <c>Metadata</c> may give any setting a value of its own:
/// <c>"Metadata": { "Bodies.ReceiveTimeout": "00:10:00" }</c>.
/// </summary>
internal sealed class RouteBodySettings(IOptions<BodyOptions> general)
{
    private const string Prefix = BodyOptions.Section + ".";

    /// <summary>A route's model lives until its configuration changes, and what was read from it as long as it does.</summary>
    private readonly ConditionalWeakTable<RouteModel, BodyOptions> _byRoute = [];

    /// <summary>What holds for a route that says nothing.</summary>
    public BodyOptions General => general.Value;

    public BodyOptions Of(RouteModel route) => _byRoute.GetValue(route, model => Read(model.Config));

    /// <summary>Throws an <see cref="InvalidSettingException"/> for what is no setting of bodies.</summary>
    public BodyOptions Read(RouteConfig route) =>
        MetadataSettings.Read(general.Value with { }, Prefix, route.Metadata, $"ReverseProxy:Routes:{route.RouteId}:Metadata");
}
