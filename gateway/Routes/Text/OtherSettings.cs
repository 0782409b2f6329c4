namespace YarpWs.Gateway.Routes.Text;

/// <summary>Notices when the settings file changes outside of what is live.</summary>
internal sealed class OtherSettings(CheckedRoutes start)
{
    private readonly string _start = Of(start);
    private string _seen = Of(start);

    /// <summary>True once for each content that differs from the one that the process started with.</summary>
    public bool HaveChanged(CheckedRoutes content)
    {
        var others = Of(content);
        var isNew = others != _seen && others != _start;
        _seen = others;
        return isNew;
    }

    private static string Of(CheckedRoutes content) => string.Join('\n', content.Settings.Children
        .Where(section => !section.Name.Equals("ReverseProxy", StringComparison.OrdinalIgnoreCase) && section.Name != "$schema")
        .SelectMany(section => section.Flatten())
        .Select(pair => $"{pair.Key}={pair.Value}")
        .Order(StringComparer.Ordinal));
}
