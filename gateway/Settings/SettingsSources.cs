using YarpWs.Platform.Settings;
using YarpWs.Platform.Telemetry;

namespace YarpWs.Gateway.Settings;

/// <summary>Where settings come from: the levels of the log, over them the file, over it the environment, over it what the caller adds.</summary>
internal static class SettingsSources
{
    /// <summary>
    /// Fills <paramref name="configuration"/>. Returns what goes over the file, as it is now: routes are read again while the gateway runs.
    /// </summary>
    public static IConfiguration Load(ConfigurationManager configuration, string? file, IEnumerable<KeyValuePair<string, string?>>? overlay)
    {
        configuration.AddLogDefaults(
            // A login that is not completed is one line of the gateway's own; the platform's are several, with a stack, and anybody can cause them.
            ("Microsoft.AspNetCore.Authentication.OpenIdConnect", LogLevel.Critical),
            ("Yarp.ReverseProxy", LogLevel.Warning),
            // What fails on a destination is one line when it begins and one when it ends; the proxy's own would be one each time.
            ("Yarp.ReverseProxy.Forwarder", LogLevel.Error),
            // A destination that goes out of use or comes back is one line of the gateway's own, with the reason; each failed probe in between would be thirty.
            ("Yarp.ReverseProxy.Health", LogLevel.Error));
        if (file is not null)
        {
            AddFile(configuration, file);
        }

        configuration.AddEnvironmentVariables();
        configuration.AddInMemoryCollection(overlay);
        return new ConfigurationBuilder().AddEnvironmentVariables().AddInMemoryCollection(overlay).Build();
    }

    private static void AddFile(ConfigurationManager configuration, string file)
    {
        // Before the platform reads it, which knows no lines of a key that stands there twice.
        var findings = new Findings();
        SettingReader.Read(file, SettingsFile.Read(file), findings);
        if (findings.HasErrors)
        {
            throw new RefusedSettingsException(findings.InOrder);
        }

        configuration.AddJsonFile(file, optional: false, reloadOnChange: false);
    }
}
