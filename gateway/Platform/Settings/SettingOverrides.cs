namespace YarpWs.Platform.Settings;

/// <summary>Puts what the environment says over what a file says.</summary>
internal static class SettingOverrides
{
    /// <summary>What is said here has no location any more; everything else keeps its own.</summary>
    public static void Apply(Setting root, IConfiguration overrides)
    {
        foreach (var section in overrides.GetChildren())
        {
            Apply(root, section);
        }
    }

    private static void Apply(Setting parent, IConfigurationSection section)
    {
        if (parent[section.Key] is not { } setting)
        {
            setting = new Setting(section.Key, Setting.PathOf(parent.Path, section.Key), location: null);
            parent.TryAdd(setting);
        }

        if (section.Value is { } value)
        {
            setting.Set(SettingKind.Text, value, location: null);
        }

        foreach (var child in section.GetChildren())
        {
            Apply(setting, child);
        }
    }
}
