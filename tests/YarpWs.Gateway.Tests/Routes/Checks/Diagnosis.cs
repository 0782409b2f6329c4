using System.Text;
using Microsoft.Extensions.Configuration;
using YarpWs.Gateway.Routes.Text;
using YarpWs.Gateway.Settings;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Tests.Routes.Checks;

/// <summary>Where a text of a test goes in an otherwise good settings file.</summary>
public enum Place
{
    /// <summary>It is the file.</summary>
    Whole,

    /// <summary>It is a route's properties.</summary>
    Route,

    /// <summary>It is added to a good route's properties.</summary>
    GoodRouteWith,

    /// <summary>It is the properties of a route's Match.</summary>
    Match,

    /// <summary>It is a cluster's properties.</summary>
    Cluster,

    /// <summary>It is added to a good cluster's properties.</summary>
    GoodClusterWith,

    /// <summary>It is the properties of a destination.</summary>
    Destination,
}

/// <summary>Says what the gateway finds in a text, which may have single quotes for double ones.</summary>
internal static class Diagnosis
{
    private const string GoodCluster = "'Destinations': { 'a': { 'Address': 'http://a:1' } }";
    private const string GoodRoute = "'ClusterId': 'c', 'Match': { 'Path': '/{**rest}' }";

    /// <summary>Everything found, without places: "error: KEY: message", one a line.</summary>
    internal static string Of(Place place, string text) =>
        string.Join('\n', All(FileOf(place, text)).Select(one => $"{one.Severity.ToString().ToLowerInvariant()}: {one.Key}: {one.Message}"));

    internal static IReadOnlyList<Diagnostic> All(string text) => Read(text).Diagnostics;

    internal static CheckedRoutes Read(string text) => new RouteReader(KnownKeys.Root, new ConfigurationBuilder().Build())
        .Read(new RouteText([new RouteFile("gateway.json", Encoding.UTF8.GetBytes(text.Replace('\'', '"')))], null));

    private static string FileOf(Place place, string text) => place switch
    {
        Place.Whole => text,
        Place.Route => Whole(text, GoodCluster),
        Place.GoodRouteWith => Whole($"{GoodRoute}, {text}", GoodCluster),
        Place.Match => Whole($"'ClusterId': 'c', 'Match': {{ {text} }}", GoodCluster),
        Place.Cluster => Whole(GoodRoute, text),
        Place.GoodClusterWith => Whole(GoodRoute, $"{GoodCluster}, {text}"),
        _ => Whole(GoodRoute, $"'Destinations': {{ 'a': {{ {text} }} }}"),
    };

    private static string Whole(string route, string cluster) => $"{{ 'ReverseProxy': {{ 'Routes': {{ 'r': {{ {route} }} }}, 'Clusters': {{ 'c': {{ {cluster} }} }} }} }}";
}
