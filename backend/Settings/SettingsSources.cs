using YarpWs.Platform.Settings;
using YarpWs.Platform.Telemetry;

namespace YarpWs.Backend.Settings;

/// <summary>Where settings come from: the levels of the log, over them the file, over it the environment, over it what the caller adds.</summary>
internal static class SettingsSources
{
    /// <summary>Fills <paramref name="configuration"/> and refuses keys that no part of the backend reads.</summary>
    public static void Load(ConfigurationManager configuration, string? file, IEnumerable<KeyValuePair<string, string?>>? overlay)
    {
        configuration.AddLogDefaults();
        var findings = new Findings();
        var settings = file is null ? new Setting("", "", location: null) : AddFile(configuration, file, findings);
        configuration.AddEnvironmentVariables();
        configuration.AddInMemoryCollection(overlay);
        SettingOverrides.Apply(settings, new ConfigurationBuilder().AddEnvironmentVariables().AddInMemoryCollection(overlay).Build());
        UnknownKeys.Check(settings, KnownKeys.Root, findings);
        Refuse(findings);
    }

    private static Setting AddFile(ConfigurationManager configuration, string file, Findings findings)
    {
        // Before the platform reads it, which knows no lines of a key that stands there twice.
        file = Path.GetFullPath(file);
        var settings = SettingReader.Read(file, SettingsFile.Read(file), findings);
        Refuse(findings);
        configuration.AddJsonFile(file, optional: false, reloadOnChange: false);
        return settings;
    }

    private static void Refuse(Findings findings)
    {
        if (findings.HasErrors)
        {
            throw new RefusedSettingsException(findings.InOrder);
        }
    }
}
