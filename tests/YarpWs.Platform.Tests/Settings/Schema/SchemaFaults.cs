using System.Text.Json;
using System.Text.Json.Nodes;

namespace YarpWs.Tests.Settings;

/// <summary>What is wrong with settings by their schema.</summary>
internal static class SchemaFaults
{
    public static List<string> Of(string settingsFile, string schemaFile)
    {
        var options = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
        var settings = JsonNode.Parse(File.ReadAllText(settingsFile), documentOptions: options);
        return [.. Faults(settings, JsonNode.Parse(File.ReadAllText(schemaFile))!.AsObject(), "$")];
    }

    /// <summary>As much of a validator as the schema uses.</summary>
    private static IEnumerable<string> Faults(JsonNode? value, JsonObject schema, string path)
    {
        if (schema["enum"] is JsonArray allowed && !allowed.Any(one => JsonNode.DeepEquals(one, value)))
        {
            yield return $"{path} is {value?.ToJsonString()}";
        }

        if (schema["type"] is JsonArray types && !types.Any(type => (string?)type == TypeOf(value) || ((string?)type, TypeOf(value)) is ("number", "integer")))
        {
            yield return $"{path} is of type {TypeOf(value)}";
        }

        foreach (var (name, child) in value as JsonObject ?? [])
        {
            var known = schema["properties"]?[name] ?? (schema["additionalProperties"] is JsonObject any ? any : null);
            if (known is null && schema["additionalProperties"]?.GetValueKind() == JsonValueKind.False)
            {
                yield return $"{path}.{name} is not known";
            }

            foreach (var fault in Faults(child, known?.AsObject() ?? [], $"{path}.{name}"))
            {
                yield return fault;
            }
        }

        foreach (var fault in (value as JsonArray ?? []).SelectMany((item, index) => Faults(item, schema["items"]?.AsObject() ?? [], $"{path}[{index}]")))
        {
            yield return fault;
        }
    }

    private static string TypeOf(JsonNode? value) => value?.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Number => value.AsValue().TryGetValue<long>(out _) ? "integer" : "number",
        _ => "null",
    };
}
