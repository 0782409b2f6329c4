using System.Globalization;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes.Locations;

/// <summary>
/// A host with paths of its own, chosen as nginx chooses its servers. Routes say by <c>Match:Server</c> that they are a location of it. Section <c>ReverseProxy:Servers</c>.
/// </summary>
internal sealed record ServerSettings
{
    /// <summary>The ports that it is asked on, each a world of its own. Default none: all of them.</summary>
    public IReadOnlyList<int>? Ports { get; init; }

    /// <summary>
    /// Its names: <c>app.example.com</c>, <c>*.example.com</c>, <c>.example.com</c> for both of these, <c>www.example.*</c>, or an expression behind <c>~</c>; "" for
    /// requests without a host. An exact name goes first, then the longest that begins with an asterisk, the longest that ends with one, the first expression. Default none.
    /// </summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>Whether it is asked for all hosts that no server of the port has the name of. Default false; without any these are the other routes'.</summary>
    public bool Default { get; init; }

    /// <summary>Whether redirects to a path with its slash name no scheme and host, as with nginx's absolute_redirect off. Default false.</summary>
    public bool RelativeRedirects { get; init; }

    /// <summary>Values that follow from the request by tables; texts of the server's routes name them as $map_NAME. Default none.</summary>
    public IReadOnlyDictionary<string, MapSettings>? Maps { get; init; }

    /// <summary>Of two servers whose expressions both fit a host, the one with the lower number is asked. Default 0.</summary>
    public int Order { get; init; }

    /// <summary>What is no number or no boolean is left out: it has been complained about.</summary>
    public static ServerSettings Read(Setting server) => new()
    {
        Ports = [.. (server["Ports"]?.Children ?? []).Select(port => int.TryParse(port.Value, CultureInfo.InvariantCulture, out var number) ? number : 0).Where(port => port > 0)],
        Names = [.. (server["Names"]?.Children ?? []).Select(name => name.Value).OfType<string>()],
        Default = bool.TryParse(server["Default"]?.Value, out var isDefault) && isDefault,
        RelativeRedirects = bool.TryParse(server["RelativeRedirects"]?.Value, out var isRelative) && isRelative,
        Maps = server["Maps"] is { Children.Count: > 0 } maps ? maps.Children.ToDictionary(map => map.Name, MapOf) : null,
        Order = int.TryParse(server["Order"]?.Value, CultureInfo.InvariantCulture, out var order) ? order : 0,
    };

    private static MapSettings MapOf(Setting map) => new()
    {
        Of = map["Of"]?.Value ?? "",
        Values = [.. (map["Values"]?.Children ?? []).Select(value => new MapValue { Is = value["Is"]?.Value ?? "", Then = value["Then"]?.Value ?? "" })],
        Default = map["Default"]?.Value ?? "",
    };
}
