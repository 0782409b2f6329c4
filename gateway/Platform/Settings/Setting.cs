namespace YarpWs.Platform.Settings;

internal enum SettingKind
{
    Object,
    List,
    Text,
    Number,
    Boolean,
    Null,
}

/// <summary>
/// One key of the settings with all below it, and where it stands. Names are looked up without regard to case, as configuration does.
/// Filled by <see cref="SettingReader"/> and by the merging of several files, and not changed afterwards.
/// </summary>
internal sealed class Setting(string name, string path, SourceLocation? location)
{
    // Most settings are values and have none; a large file is kept for as long as it may be gone back to.
    private List<Setting>? _children;
    private Dictionary<string, Setting>? _byName;

    /// <summary>As typed; the index for an item of a list.</summary>
    public string Name { get; } = name;

    /// <summary>The names from the top down to this one, between colons.</summary>
    public string Path { get; } = path;

    /// <summary>Where the name stands, or the item of a list; null for what the environment says.</summary>
    public SourceLocation? Location { get; } = location;

    /// <summary>Where the value stands.</summary>
    public SourceLocation? ValueLocation { get; private set; } = location;

    public SettingKind Kind { get; private set; } = SettingKind.Object;

    /// <summary>What a text, number or boolean says; null for the others.</summary>
    public string? Value { get; private set; }

    public bool IsValue => Kind is SettingKind.Text or SettingKind.Number or SettingKind.Boolean;

    public IReadOnlyList<Setting> Children => _children ?? (IReadOnlyList<Setting>)[];

    public Setting? this[string name] => _byName?.GetValueOrDefault(name);

    public Setting? Find(params ReadOnlySpan<string> names)
    {
        var setting = this;
        foreach (var name in names)
        {
            setting = setting?[name];
        }

        return setting;
    }

    /// <summary>As <see cref="Find(ReadOnlySpan{string})"/>, by the names between colons.</summary>
    public Setting? Find(ReadOnlySpan<char> path)
    {
        var setting = this;
        foreach (var name in path.Split(':'))
        {
            if (setting._byName is not { } children || !children.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(path[name], out setting))
            {
                return null;
            }
        }

        return setting;
    }

    public void Set(SettingKind kind, string? value, SourceLocation? location) => (Kind, Value, ValueLocation) = (kind, value, location);

    /// <summary>Returns false when there is one of this name already, in whatever case.</summary>
    public bool TryAdd(Setting child)
    {
        _byName ??= new(StringComparer.OrdinalIgnoreCase);
        if (!_byName.TryAdd(child.Name, child))
        {
            return false;
        }

        (_children ??= []).Add(child);
        return true;
    }

    public static string PathOf(string parent, string name) => parent.Length == 0 ? name : $"{parent}:{name}";

    /// <summary>The keys and values as configuration holds them.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Flatten()
    {
        if (Children.Count == 0 && Kind is not (SettingKind.Null or SettingKind.List))
        {
            // Also of an empty object, so that what it is the name of is there.
            yield return new(Path, Value);
        }

        foreach (var pair in Children.SelectMany(child => child.Flatten()))
        {
            yield return pair;
        }
    }
}
