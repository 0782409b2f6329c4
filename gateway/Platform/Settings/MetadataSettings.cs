using System.ComponentModel;

namespace YarpWs.Platform.Settings;

/// <summary>Settings that stand in the <c>Metadata</c> of a route, a cluster or a destination, which has room for text only.</summary>
internal static class MetadataSettings
{
    /// <summary>
    /// Sets the properties of <paramref name="options"/> that the metadata names behind a prefix. Throws an
    /// <see cref="InvalidSettingException"/> for the first key under the prefix that is no setting, and for the first value that is none.
    /// </summary>
    /// <param name="options">Holds what is not named. It is changed.</param>
    /// <param name="prefix">Such as <c>Sockets.</c>; other keys belong to others.</param>
    /// <param name="metadata">The metadata; null when there is none.</param>
    /// <param name="section">The key of the metadata, as the operator typed it.</param>
    public static T Read<T>(T options, string prefix, IReadOnlyDictionary<string, string>? metadata, string section)
        where T : class
    {
        foreach (var (key, value) in metadata ?? new Dictionary<string, string>())
        {
            if (key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                Set(options, key[prefix.Length..], value, prefix, $"{section}:{key}");
            }
        }

        return options;
    }

    private static void Set(object options, string name, string value, string prefix, string key)
    {
        var settings = options.GetType().GetProperties().Where(property => property.CanWrite).ToList();
        var setting = settings.Find(property => property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new InvalidSettingException(key, $"no such setting; expected one of {string.Join(", ", settings.Select(property => prefix + property.Name).Order())}.");
        try
        {
            setting.SetValue(options, TypeDescriptor.GetConverter(setting.PropertyType).ConvertFromInvariantString(value));
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or OverflowException)
        {
            throw new InvalidSettingException(key, $"'{value}' cannot be read; expected {Bounds.Expected(setting.PropertyType)}.");
        }

        if (Bounds.Broken(options).FirstOrDefault() is { Expected: { } expected })
        {
            throw new InvalidSettingException(key, $"'{value}' is out of bounds; expected {expected}.");
        }
    }
}
