using Microsoft.Extensions.Logging.Abstractions;
using Yarp.ReverseProxy.Configuration;
using YarpWs.Gateway.Routes.Checks;
using YarpWs.Gateway.Routes.Locations;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes.Text;

/// <summary>Reads and checks the text of files as a whole, the environment over it: the start, a changed file and <c>check</c> all ask here.</summary>
/// <param name="known">Every key that may stand in the settings.</param>
/// <param name="overrides">What goes over the files.</param>
/// <param name="hasLogins">Whether the gateway was, or would be, started with a scheme by which clients can log in.</param>
internal sealed class RouteReader(KeyShape known, IConfiguration overrides, bool hasLogins = true)
{
    public CheckedRoutes Read(RouteText text)
    {
        var findings = new Findings();
        var settings = Merge(text, findings);
        if (!findings.HasErrors)
        {
            // Half a file has faults that the whole one has not.
            KeyCheck.Check(settings, known, findings);
            RouteCheck.Check(settings, hasLogins, findings);
        }

        var read = new CheckedRoutes { Text = text, Settings = settings, Diagnostics = findings.InOrder };
        return read.HasErrors ? read : WithSettings(AsTheProxyReads(read));
    }

    private Setting Merge(RouteText text, Findings findings)
    {
        if (text.Fault is { } fault)
        {
            findings.Add(new(Severity.Error, null, fault.File, fault.Message));
        }

        var settings = new Setting("", "", location: null);
        for (var index = 0; index < text.Files.Count; index++)
        {
            var file = SettingReader.Read(text.Files[index].Name, text.Files[index].Text, findings);
            if (index == 0)
            {
                settings = file;
            }
            else
            {
                SettingMerge.AddFragment(settings, file, findings);
            }
        }

        SettingOverrides.Apply(settings, overrides);
        return settings;
    }

    /// <summary>Adds to routes what they say beside the proxy's own keys.</summary>
    private static CheckedRoutes WithSettings(CheckedRoutes read)
    {
        var findings = new Findings();
        var ids = read.Routes.Select(route => route.RouteId).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var routes = new List<RouteConfig>(read.Routes.Count);
        foreach (var route in read.Routes)
        {
            var said = read.Settings.Find("ReverseProxy", "Routes", route.RouteId)!;
            var whole = RouteSettings.Attach(route, said);
            routes.Add(whole);
            if (RouteSettings.Of(whole) is { } settings)
            {
                RouteSettingsCheck.Check(settings, said, ids, findings);
            }
        }

        return findings.HasErrors
            ? read with { Routes = [], Clusters = [], Diagnostics = [.. read.Diagnostics, .. findings.InOrder] }
            : read with { Routes = routes };
    }

    /// <summary>Gives destinations behind Unix sockets an address with a host, and them a Host that is none of the gateway's making, as nginx does.</summary>
    private static ClusterConfig WithUnixSockets(ClusterConfig cluster) => cluster.Destinations?.Values.Any(destination => UnixHost.Is(destination.Address)) != true ? cluster : cluster with
    {
        Destinations = cluster.Destinations.ToDictionary(
            named => named.Key,
            named => !UnixHost.Is(named.Value.Address) ? named.Value : named.Value with
            {
                Address = UnixHost.Encode(named.Value.Address),
                Health = named.Value.Health is { } health ? UnixHost.Encode(health) : null,
                Host = named.Value.Host ?? "localhost",
            },
            StringComparer.OrdinalIgnoreCase),
    };

    /// <summary>What a key means is the proxy's to say, so its own reader makes the routes; it takes nothing but configuration.</summary>
    private static CheckedRoutes AsTheProxyReads(CheckedRoutes read)
    {
        var configuration = new ConfigurationBuilder().Add(new SettingSource(read.Settings)).Build();
        var services = new ServiceCollection().AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance).AddLogging();
        services.AddReverseProxy().LoadFromConfig(configuration.GetSection("ReverseProxy"));
        using var provider = services.BuildServiceProvider();
        try
        {
            var config = provider.GetRequiredService<IProxyConfigProvider>().GetConfig();
            return read with { Routes = RouteLocation.Add(config.Routes, read.Settings), Clusters = [.. config.Clusters.Select(WithUnixSockets)] };
        }
        catch (Exception exception)
        {
            // The checks leave it nothing to stumble over. If it does all the same, the operator hears why, and what runs goes on.
            return read with { Diagnostics = [.. read.Diagnostics, new(Severity.Error, null, "ReverseProxy", exception.Message)] };
        }
    }
}
