namespace YarpWs.Platform.Settings;

/// <summary>
/// Whether a value, a list or an object stands where one belongs. Configuration reads a text where it wants a list as no list at all: a route
/// with <c>"Hosts": "a.example"</c> would take every host. What a value says is for others to judge.
/// </summary>
internal static class KindCheck
{
    /// <summary>Returns what is wrong; null when nothing is.</summary>
    public static string? Complaint(Setting setting, KeyShape shape) => (shape.Kind, setting.Kind) switch
    {
        (_, SettingKind.Null) or (KeyKind.Free, _) => null,
        // Files of an environment that leave a variable empty mean that there is none.
        (_, SettingKind.Text) when setting is { Value: "", ValueLocation: null } => null,
        (KeyKind.Value, SettingKind.Object) when setting.Children.Count == 0 => null,
        (KeyKind.Value, SettingKind.Object) => $"is an object; write one value, such as \"{setting.Name}\": {Example(shape, setting.Name)}.",
        (KeyKind.Value, SettingKind.List) => $"is a list; write one value, such as \"{setting.Name}\": {Example(shape, setting.Name)}.",
        (KeyKind.Value, _) => null,
        (KeyKind.List, SettingKind.List) => null,
        (KeyKind.List, SettingKind.Object) when setting.Children.All(child => int.TryParse(child.Name, out _)) => null,
        (KeyKind.List, SettingKind.Object) => $"is an object; write a list: \"{setting.Name}\": [ {{ … }} ].",
        (KeyKind.List, _) when setting.ValueLocation is null => $"is one value and would be ignored; the environment has the first of a list as {setting.Path.Replace(":", "__", StringComparison.Ordinal)}__0.",
        (KeyKind.List, _) => $"is one value and would be ignored; write a list: \"{setting.Name}\": [ {Quoted(setting)} ].",
        (KeyKind.Dictionary, SettingKind.List) => $"is a list; write an object{Item(setting.Name)}.",
        (KeyKind.Dictionary or KeyKind.Object, SettingKind.Object) => null,
        (KeyKind.Dictionary, _) => $"is one value; write an object{Item(setting.Name)}.",
        (KeyKind.Object, SettingKind.List) => $"is a list; write one object: {Object(setting, shape)}.",
        _ when shape.Child("Address") is not null && shape.Child("Health") is not null => $"is one value; write {{ \"Address\": {Quoted(setting)} }}.",
        _ when shape.Child("Path") is not null && shape.Child("Hosts") is not null => $"is one value; write {{ \"Path\": {Quoted(setting)} }}.",
        _ => $"is one value; write an object: {Object(setting, shape)}.",
    };

    private static string Object(Setting setting, KeyShape shape) => $"\"{setting.Name}\": {{ … }} with any of {string.Join(", ", shape.Names.Order(StringComparer.Ordinal))}";

    private static string Item(string list) => list.ToUpperInvariant() switch
    {
        "ROUTES" => " whose names are the ids: \"Routes\": { \"ID\": { \"ClusterId\": …, \"Match\": { \"Path\": … } } }",
        "CLUSTERS" => " whose names are the ids: \"Clusters\": { \"ID\": { \"Destinations\": { … } } }",
        "DESTINATIONS" => " whose names are the ids: \"Destinations\": { \"ID\": { \"Address\": \"http://HOST:PORT\" } }",
        _ => $": \"{list}\": {{ \"NAME\": \"VALUE\" }}",
    };

    private static string Quoted(Setting setting) => setting.Kind == SettingKind.Text ? $"\"{setting.Value}\"" : setting.Value ?? "…";

    private static string Example(KeyShape shape, string name) => shape.Type switch
    {
        var type when type == typeof(TimeSpan) => "\"00:01:00\"",
        var type when type == typeof(bool) => "true",
        var type when type == typeof(int) || type == typeof(long) => "1",
        { IsEnum: true } type => $"\"{Enum.GetNames(type)[0]}\"",
        _ => name.Equals("Path", StringComparison.OrdinalIgnoreCase) ? "\"/ws/{**rest}\"" : "\"…\"",
    };
}
