using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using YarpWs.Platform.Settings;

namespace YarpWs.Tests.Settings;

/// <summary>Makes the JSON schema of the settings from what a process knows of them: names, types, bounds and the sentences beside them.</summary>
/// <param name="title">What it is the schema of.</param>
/// <param name="root">All keys.</param>
/// <param name="documentation">The sentences.</param>
/// <param name="choices">By the path of a key, what may stand there where its type does not say; paths begin anew at <paramref name="anchor"/>.</param>
/// <param name="anchor">The type of an object that stands under any name.</param>
internal sealed class SettingsSchema(
    string title, KeyShape root, Documentation documentation, IReadOnlyDictionary<string, string[]>? choices = null, Type? anchor = null)
{
    private const string Time = @"^(\d+\.)?\d{1,2}:\d{1,2}(:\d{1,2}(\.\d{1,7})?)?$";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string Build()
    {
        var settings = Of(root, "");
        var schema = new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = title,
            ["allowComments"] = true,
            ["allowTrailingCommas"] = true,
        };
        foreach (var (name, value) in settings.ToList())
        {
            settings.Remove(name);
            schema[name] = value;
        }

        return schema.ToJsonString(Indented) + "\n";
    }

    private JsonObject Of(KeyShape shape, string path) => shape.Kind switch
    {
        KeyKind.Free => new JsonObject { ["type"] = "object" },
        KeyKind.Value => Value(shape.Type, path),
        KeyKind.List => new JsonObject { ["type"] = Types("array"), ["items"] = Of(shape.Each!, path) },
        KeyKind.Dictionary => new JsonObject { ["type"] = Types("object"), ["additionalProperties"] = Of(shape.Each!, path) },
        _ => Object(shape, path),
    };

    private JsonObject Object(KeyShape shape, string path)
    {
        var properties = new JsonObject();
        foreach (var name in shape.Names)
        {
            var key = shape.Owner is not null && shape.Owner == anchor ? name : Setting.PathOf(path, name);
            var property = Of(shape.Child(name)!, key);
            Describe(property, shape.OwnerOf(name), name);
            properties[name] = property;
        }

        var schema = new JsonObject { ["type"] = Types("object"), ["properties"] = properties, ["additionalProperties"] = false };
        if (shape.Owner is { } owner && documentation.Of(owner) is { } text)
        {
            schema["description"] = text;
        }

        return schema;
    }

    /// <summary>A property's own sentence goes over the one that its type has.</summary>
    private void Describe(JsonObject schema, Type? owner, string name)
    {
        if (owner?.GetProperty(name) is not { } property)
        {
            return;
        }

        if (documentation.Of(property) is { } text)
        {
            schema["description"] = text;
        }

        if (property.GetCustomAttribute<RangeAttribute>() is { OperandType: var type } range && type != typeof(TimeSpan))
        {
            schema["minimum"] = JsonSerializer.SerializeToNode(range.Minimum, type);
            schema["maximum"] = JsonSerializer.SerializeToNode(range.Maximum, type);
        }
    }

    private JsonObject Value(Type type, string path) => type switch
    {
        _ when choices?.TryGetValue(path, out var names) == true => new JsonObject { ["enum"] = Names(names) },
        { IsEnum: true } when type.IsDefined(typeof(FlagsAttribute)) && type.Namespace!.StartsWith("YarpWs.", StringComparison.Ordinal) => new JsonObject { ["type"] = Types("string") },
        { IsEnum: true } => new JsonObject { ["enum"] = Names(Enum.GetNames(type)) },
        _ when type == typeof(bool) => new JsonObject { ["type"] = Types("boolean") },
        _ when type == typeof(int) || type == typeof(long) => new JsonObject { ["type"] = Types("integer") },
        _ when type == typeof(double) => new JsonObject { ["type"] = Types("number") },
        _ when type == typeof(TimeSpan) => new JsonObject { ["type"] = Types("string"), ["pattern"] = Time },
        _ => new JsonObject { ["type"] = Types("string") },
    };

    private static JsonArray Types(string type) => [type, "null"];

    private static JsonArray Names(string[] names) => [.. names.Select(name => (JsonNode)name), null];
}
