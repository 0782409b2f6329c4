using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Routes.Locations;

namespace YarpWs.Gateway.Tests.Routes.Locations;

/// <summary>A table of locations, and what it says of requests. The id of a route is its location, and where it stands within another one, both: "/a > ~ x$".</summary>
internal sealed class Located
{
    private readonly LocationTable _table;

    private Located(LocationTable table) => _table = table;

    /// <summary>One server that is there for all hosts. Expressions are asked in the order in which they stand.</summary>
    public static Located Server(params string[] locations) => Servers(("all", new ServerSettings { Default = true }, locations));

    public static Located Servers(params (string Id, ServerSettings Settings, string[] Locations)[] servers)
    {
        var order = 0;
        var endpoints = servers.SelectMany(server => server.Locations.Select(text =>
        {
            var nested = text.LastIndexOf(" > ", StringComparison.Ordinal);
            var location = new RouteLocation(server.Id, server.Settings, nested < 0 ? text : text[(nested + 3)..], nested < 0 ? null : $"{server.Id} {text[..nested]}");
            var route = new RouteConfig { RouteId = $"{server.Id} {text}", ClusterId = "c", Order = order++, Match = new RouteMatch() };
            return new Endpoint(null, new EndpointMetadataCollection(new RouteModel(location.AddTo(route), null, HttpTransformer.Default)), null);
        }));
        return new Located(new LocationTable([.. endpoints]));
    }

    /// <summary>The location that a target leads to; "none" without one, and with "301" in front where the slash is missing alone.</summary>
    public string Ask(string target)
    {
        var found = Find(target, "any", port: 80)!;
        var id = found.Route?.Config.RouteId["all ".Length..] ?? "none";
        return found.Choice?.Reason == LocationReason.Slash ? $"301 {id}" : id;
    }

    /// <summary>The server that a host leads to; "none" without one.</summary>
    public string AskHost(string host, int port = 80) => Find("/", host, port)?.Server.Id ?? "none";

    public LocatedRequest? Find(string target, string host, int port)
    {
        var context = new DefaultHttpContext();
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        context.Request.Host = new HostString(host);
        context.Connection.LocalPort = port;
        return _table.Find(context);
    }
}
