using Yarp.ReverseProxy.Configuration;
using YarpWs.Gateway.Access.Basic;
using YarpWs.Gateway.Access.Logins.External;
using YarpWs.Gateway.Access.Rates;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Routes.Balancing;
using YarpWs.Gateway.Routes.Text;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Telemetry.AccessLogs;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes;

/// <summary>Asks those who will use routes and clusters, after the gateway's own checks have passed them: the proxy, the sockets, what bounds bodies, and the disk.</summary>
internal sealed class RouteJudge(IConfigValidator proxy, RouteSocketSettings sockets, RouteBodySettings bodies, NamedLogs accessLogs, SharedBuckets sharedBuckets, IHostEnvironment host)
{
    /// <summary>Adds their complaints to the diagnostics.</summary>
    public async Task<CheckedRoutes> JudgeAsync(CheckedRoutes content)
    {
        var complaints = new List<Diagnostic>();
        var zones = new Dictionary<string, RequestRate>(StringComparer.Ordinal);
        var limitZones = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var route in content.Routes)
        {
            foreach (var error in await proxy.ValidateRouteAsync(route))
            {
                Complain($"ReverseProxy:Routes:{route.RouteId}", error.Message);
            }

            try
            {
                sockets.Read(route);
                bodies.Read(route);
                RouteLoginSettings.Read(route);
            }
            catch (InvalidSettingException exception)
            {
                Complain(exception.Key, exception.Expected);
            }

            if (RouteSettings.Of(route) is { } settings)
            {
                JudgeFiles(route, settings);
                JudgeRates(route, settings);
                JudgeLimits(route, settings);
                JudgeLogs(route, settings);
            }
        }

        foreach (var cluster in content.Clusters)
        {
            foreach (var error in await proxy.ValidateClusterAsync(cluster))
            {
                Complain($"ReverseProxy:Clusters:{cluster.ClusterId}", error.Message);
            }

            try
            {
                ClusterBalancing.Check(cluster);
                DestinationConnectionOptions.Read(cluster);
            }
            catch (InvalidSettingException exception)
            {
                Complain(exception.Key, exception.Expected);
            }
        }

        return complaints.Count == 0 ? content : content with { Diagnostics = [.. content.Diagnostics, .. complaints] };

        void Complain(string key, string message, Severity severity = Severity.Error) =>
            complaints.Add(new Diagnostic(severity, content.Settings.Find(key.Split(':'))?.ValueLocation, key, message));

        void JudgeRates(RouteConfig route, RouteSettings settings)
        {
            foreach (var (index, rate) in (settings.RequestRates ?? []).Index())
            {
                if (rate.Zone is { } zone && !zones.TryAdd(zone, rate) && (zones[zone].Key, zones[zone].PerSecond, zones[zone].Shared) != (rate.Key, rate.PerSecond, rate.Shared))
                {
                    Complain($"ReverseProxy:Routes:{route.RouteId}:RequestRates:{index}:Zone",
                        $"'{zone}' counts by another Key or at another rate on a route before, or is Shared on one of them alone; write the same ones, or another name.");
                }

                if (rate.Shared && !sharedBuckets.IsConfigured)
                {
                    Complain($"ReverseProxy:Routes:{route.RouteId}:RequestRates:{index}:Shared", "there is no Redis where gateways could count together; write Redis:Configuration, or leave it out.");
                }
            }
        }

        void JudgeLimits(RouteConfig route, RouteSettings settings)
        {
            foreach (var (index, limit) in (settings.RequestLimits ?? []).Index())
            {
                if (limit.Zone is { } zone && !limitZones.TryAdd(zone, limit.Key!) && limitZones[zone] != limit.Key)
                {
                    Complain($"ReverseProxy:Routes:{route.RouteId}:RequestLimits:{index}:Zone", $"'{zone}' counts by another Key on a route before; write the same one, or another name.");
                }
            }
        }

        void JudgeLogs(RouteConfig route, RouteSettings settings)
        {
            foreach (var (index, name) in (settings.AccessLogs ?? []).Index())
            {
                if (accessLogs.FaultOf(settings.AccessLogs!, name) is { } fault)
                {
                    Complain($"ReverseProxy:Routes:{route.RouteId}:AccessLogs:{index}", fault);
                }
            }
        }

        void JudgeFiles(RouteConfig route, RouteSettings settings)
        {
            if (settings.BasicAuth is { } basic && PasswordFile.FaultOf(Path.GetFullPath(basic.File!, host.ContentRootPath)) is { } fault)
            {
                Complain($"ReverseProxy:Routes:{route.RouteId}:BasicAuth:File", fault);
            }

            if ((settings.Files?.Root ?? settings.Files?.Alias) is { } name && !Path.Exists(Path.GetFullPath(name, host.ContentRootPath)))
            {
                Complain($"ReverseProxy:Routes:{route.RouteId}:Files:{(settings.Files!.Root is null ? "Alias" : "Root")}",
                    $"'{name}' is not there, and requests are answered as if it were empty until it is.", Severity.Warning);
            }
        }
    }
}
