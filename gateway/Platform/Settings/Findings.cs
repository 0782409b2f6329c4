namespace YarpWs.Platform.Settings;

/// <summary>Collects what is to be said about settings.</summary>
internal sealed class Findings
{
    private readonly List<Diagnostic> _all = [];
    private readonly Dictionary<string, List<string>> _messages = [];

    public bool HasErrors => _all.Exists(diagnostic => diagnostic.IsError);

    /// <summary>In the order of the files and their lines; what no file says comes first.</summary>
    public IReadOnlyList<Diagnostic> InOrder =>
        [.. _all.OrderBy(one => one.Location?.File, StringComparer.Ordinal).ThenBy(one => one.Location?.Line).ThenBy(one => one.Location?.Column)];

    public void Add(Diagnostic diagnostic)
    {
        _all.Add(diagnostic);
        if (!_messages.TryGetValue(diagnostic.Key, out var messages))
        {
            _messages.Add(diagnostic.Key, messages = []);
        }

        messages.Add(diagnostic.Message);
    }

    /// <summary>The value is wrong.</summary>
    public void Error(Setting setting, string message) => Add(new(Severity.Error, setting.ValueLocation, setting.Path, message));

    /// <summary>The name is wrong.</summary>
    public void NameError(Setting setting, string message) => Add(new(Severity.Error, setting.Location, setting.Path, message));

    /// <summary>Something is missing in an object. Not said where it stands there under a wrong name, and that has been said.</summary>
    public void Missing(Setting parent, string name, string message)
    {
        if (!parent.Children.Any(child => _messages.TryGetValue(child.Path, out var messages) && messages.Exists(one => one.Contains(name, StringComparison.Ordinal))))
        {
            Add(new(Severity.Error, parent.Location, Setting.PathOf(parent.Path, name), message));
        }
    }

    public void Warning(Setting setting, string message) => Add(new(Severity.Warning, setting.ValueLocation, setting.Path, message));
}
