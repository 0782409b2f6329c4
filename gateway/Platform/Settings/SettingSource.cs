namespace YarpWs.Platform.Settings;

/// <summary>
/// Settings as configuration, found by walking down from the root: the platform's own sources look at every key there is to find the
/// children of one, and a large file would be read in a time that grows with its square.
/// </summary>
/// <param name="root">Not changed any more. Names in it hold no colon.</param>
internal sealed class SettingSource(Setting root) : ConfigurationProvider, IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public override bool TryGet(string key, out string? value)
    {
        var setting = root.Find(key.AsSpan());
        value = setting is { Children.Count: 0 } ? setting.Value : null;
        return value is not null;
    }

    public override IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath)
    {
        var parent = parentPath is null ? root : root.Find(parentPath.AsSpan());
        return (parent?.Children ?? []).Where(IsSaid).Select(child => child.Name).Concat(earlierKeys).Order(ConfigurationKeyComparer.Instance);
    }

    /// <summary>Nothing is said of a null or an empty list, nor of what holds nothing else; an empty object is the name of something.</summary>
    private static bool IsSaid(Setting setting) =>
        setting.Children.Count == 0 ? setting.Kind is not (SettingKind.Null or SettingKind.List) : setting.Children.Any(IsSaid);
}
