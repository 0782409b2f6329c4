namespace YarpWs.Platform.Telemetry;

/// <summary>
/// The levels of the log where the settings say nothing of a category: the process's own lines from Information on, the platform's from Warning on, which
/// otherwise has several lines for each request and some for each start. They stand in the shipped settings as well.
/// </summary>
internal static class LogDefaults
{
    /// <summary>Adds them under everything that is added to the configuration later.</summary>
    /// <param name="configuration">Has nothing yet that could say otherwise.</param>
    /// <param name="more">Levels by category that only this process has.</param>
    public static void AddLogDefaults(this IConfigurationBuilder configuration, params (string Category, LogLevel Level)[] more)
    {
        (string Category, LogLevel Level)[] levels =
        [
            ("Default", LogLevel.Information), ("Microsoft.AspNetCore", LogLevel.Warning), ("Microsoft.Hosting.Lifetime", LogLevel.Warning), ("System.Net.Http", LogLevel.Warning), .. more,
        ];
        configuration.AddInMemoryCollection(levels.Select(level => KeyValuePair.Create($"Logging:LogLevel:{level.Category}", (string?)level.Level.ToString())));
    }
}
