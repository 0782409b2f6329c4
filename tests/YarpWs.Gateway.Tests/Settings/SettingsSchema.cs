using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Yarp.ReverseProxy.Configuration;
using YarpWs.Gateway.Routes.Checks;
using YarpWs.Gateway.Settings;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Tests.Settings;

/// <summary>Makes the JSON schema of the settings from what the gateway knows of them: names, types, bounds and the sentences beside them.</summary>
internal static class SettingsSchema
{
    private const string Time = @"^(\d+\.)?\d{1,2}:\d{1,2}(:\d{1,2}(\.\d{1,7})?)?$";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Build()
    {
        var root = Of(KnownKeys.Root, "");
        var schema = new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = "Settings of the YarpWs gateway",
            ["allowComments"] = true,
            ["allowTrailingCommas"] = true,
        };
        foreach (var (name, value) in root.ToList())
        {
            root.Remove(name);
            schema[name] = value;
        }

        return schema.ToJsonString(Indented) + "\n";
    }

    private static JsonObject Of(KeyShape shape, string path) => shape.Kind switch
    {
        KeyKind.Free => new JsonObject { ["type"] = "object" },
        KeyKind.Value => Value(shape.Type, path),
        KeyKind.List => new JsonObject { ["type"] = Types("array"), ["items"] = Of(shape.Each!, path) },
        KeyKind.Dictionary => new JsonObject { ["type"] = Types("object"), ["additionalProperties"] = Of(shape.Each!, path) },
        _ => Object(shape, path),
    };

    private static JsonObject Object(KeyShape shape, string path)
    {
        var properties = new JsonObject();
        foreach (var name in shape.Names)
        {
            var key = shape.Owner == typeof(ClusterConfig) ? name : Setting.PathOf(path, name);
            var property = Of(shape.Child(name)!, key);
            Describe(property, shape.Owner, name);
            properties[name] = property;
        }

        var schema = new JsonObject { ["type"] = Types("object"), ["properties"] = properties, ["additionalProperties"] = false };
        if (shape.Owner is { } owner && Documentation.Of(owner) is { } text)
        {
            schema["description"] = text;
        }

        return schema;
    }

    /// <summary>A property's own sentence goes over the one that its type has.</summary>
    private static void Describe(JsonObject schema, Type? owner, string name)
    {
        if (owner?.GetProperty(name) is not { } property)
        {
            return;
        }

        if (Documentation.Of(property) is { } text)
        {
            schema["description"] = text;
        }

        if (property.GetCustomAttribute<RangeAttribute>() is { OperandType: var type } range && type != typeof(TimeSpan))
        {
            schema["minimum"] = JsonSerializer.SerializeToNode(range.Minimum, type);
            schema["maximum"] = JsonSerializer.SerializeToNode(range.Maximum, type);
        }
    }

    private static JsonObject Value(Type type, string path) => type switch
    {
        _ when ClusterCheck.Policies.TryGetValue(path, out var policies) => new JsonObject { ["enum"] = Names([.. policies]) },
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
