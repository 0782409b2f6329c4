using Yarp.ReverseProxy.Configuration;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes.Text;

/// <summary>What files say, read and checked as a whole.</summary>
internal sealed record CheckedRoutes
{
    public required RouteText Text { get; init; }

    /// <summary>Everything that the files and the environment say; incomplete where a file could not be read.</summary>
    public required Setting Settings { get; init; }

    /// <summary>In the order of the files and their lines.</summary>
    public required IReadOnlyList<Diagnostic> Diagnostics { get; init; }

    /// <summary>Empty when there are errors.</summary>
    public IReadOnlyList<RouteConfig> Routes { get; init; } = [];

    public IReadOnlyList<ClusterConfig> Clusters { get; init; } = [];

    public bool HasErrors => Diagnostics.Any(diagnostic => diagnostic.IsError);

    public CheckedRoutes OrThrow() => HasErrors ? throw new RefusedSettingsException(Diagnostics) : this;
}
