using Yarp.ReverseProxy.Configuration;
using YarpWs.Gateway.Routes;
using YarpWs.Gateway.Routes.Text;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Operator;

/// <summary>What operators are shown. Values of transforms may be secrets and are left out.</summary>
internal static class RouteViews
{
    public static object Of(RouteState state) => new
    {
        revision = state.Running.Number,
        hash = state.Content.Text.Hash,
        since = state.Running.Since,
        by = state.Running.Means,
        why = state.Running.Why,
        files = state.Content.Text.Files.Select(file => file.Name),
        warnings = state.Content.Diagnostics.Select(Of),
        routes = state.Content.Routes.Select(Of),
        clusters = state.Content.Clusters.Select(Of),
        refused = state.Refused is { } refused
            ? new { hash = refused.Content.Text.Hash, at = refused.At, diagnostics = refused.Content.Diagnostics.Select(Of) }
            : null,
    };

    public static object Of(RouteRevision revision) => new
    {
        revision = revision.Number,
        hash = revision.Content.Text.Hash,
        since = revision.Since,
        by = revision.Means,
        why = revision.Why,
        changes = revision.Plan.Changes,
    };

    public static object Of(CheckedRoutes content, RoutePlan? plan) => new
    {
        hash = content.Text.Hash,
        file = content.Text.Files is [var settings, ..] ? settings.Name : null,
        diagnostics = content.Diagnostics.Select(Of),
        changes = plan?.Changes,
        sockets = plan?.Sockets,
    };

    public static DiagnosticView Of(Diagnostic diagnostic) => new(
        diagnostic.Severity, diagnostic.Location?.File, diagnostic.Location?.Line, diagnostic.Location?.Column, diagnostic.Key, diagnostic.Message);

    private static object Of(RouteConfig route) => new
    {
        id = route.RouteId,
        cluster = route.ClusterId,
        order = route.Order,
        path = route.Match.Path,
        hosts = route.Match.Hosts,
        methods = route.Match.Methods,
        authorizationPolicy = route.AuthorizationPolicy,
        corsPolicy = route.CorsPolicy,
    };

    private static object Of(ClusterConfig cluster) => new
    {
        id = cluster.ClusterId,
        loadBalancingPolicy = cluster.LoadBalancingPolicy,
        destinations = cluster.Destinations?.ToDictionary(destination => destination.Key, destination => UnixHost.Shown(destination.Value.Address)),
    };
}

internal sealed record DiagnosticView(Severity Severity, string? File, int? Line, int? Column, string Key, string Message)
{
    public override string ToString() => new Diagnostic(Severity, File is null ? null : new SourceLocation(File, Line ?? 0, Column ?? 0), Key, Message).ToString();
}
