using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Sockets;

/// <summary>
/// The section <c>Sockets</c> as it holds for one route, whose <c>Metadata</c> may give any setting a value of its own:
/// <c>"Metadata": { "Sockets.PingInterval": "00:00:10" }</c>. A socket keeps what held when it was opened.
/// </summary>
internal sealed class RouteSocketSettings(IOptions<SocketOptions> general)
{
    private const string Prefix = SocketOptions.Section + ".";

    /// <summary>A route's model lives until its configuration changes, and what was read from it as long as it does.</summary>
    private readonly ConditionalWeakTable<RouteModel, SocketOptions> _byRoute = [];

    public SocketOptions Of(RouteModel route) => _byRoute.GetValue(route, model => Read(model.Config));

    /// <summary>Throws an <see cref="InvalidSettingException"/> for what is no setting of sockets.</summary>
    public SocketOptions Read(RouteConfig route) =>
        MetadataSettings.Read(general.Value with { }, Prefix, route.Metadata, $"ReverseProxy:Routes:{route.RouteId}:Metadata");
}
