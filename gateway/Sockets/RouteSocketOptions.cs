using System.ComponentModel;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Settings;

namespace YarpWs.Gateway.Sockets;

/// <summary>
/// The section <c>Sockets</c> as it holds for one route, whose <c>Metadata</c> may give any setting a value of its own:
/// <c>"Metadata": { "Sockets.PingInterval": "00:00:10" }</c>. A socket keeps what held when it was opened.
/// </summary>
internal sealed class RouteSocketOptions(IOptions<SocketOptions> general)
{
    private const string Prefix = SocketOptions.Section + ".";

    /// <summary>A route's model lives until its configuration changes, and what was read from it as long as it does.</summary>
    private readonly ConditionalWeakTable<RouteModel, SocketOptions> _byRoute = [];

    public SocketOptions Of(RouteModel route) => _byRoute.GetValue(route, model => Read(model.Config));

    /// <summary>Throws an <see cref="InvalidSettingException"/> for the first key under the prefix that is no setting, and for the first value that is none.</summary>
    public SocketOptions Read(RouteConfig route)
    {
        var options = general.Value with { };
        foreach (var (key, value) in route.Metadata ?? new Dictionary<string, string>())
        {
            if (key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                Set(options, key[Prefix.Length..], value, $"ReverseProxy:Routes:{route.RouteId}:Metadata:{key}");
            }
        }

        return options;
    }

    private static void Set(SocketOptions options, string name, string value, string key)
    {
        var settings = typeof(SocketOptions).GetProperties();
        var setting = settings.FirstOrDefault(property => property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new InvalidSettingException(key, $"no such setting; expected one of {string.Join(", ", settings.Select(property => Prefix + property.Name).Order())}.");
        try
        {
            setting.SetValue(options, TypeDescriptor.GetConverter(setting.PropertyType).ConvertFromInvariantString(value));
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or OverflowException)
        {
            throw new InvalidSettingException(key, $"'{value}' cannot be read; expected {Bounds.Expected(setting.PropertyType)}.");
        }

        if (Bounds.Broken(options).FirstOrDefault() is { Expected: { } expected })
        {
            throw new InvalidSettingException(key, $"'{value}' is out of bounds; expected {expected}.");
        }
    }
}
