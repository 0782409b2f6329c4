using System.Text.Json;
using System.Text.Json.Nodes;

namespace YarpWs.Gateway.Tests.Settings;

public sealed class SettingsSchemaTests
{
    private static readonly string File = Path.Combine(AppContext.BaseDirectory, "gateway.schema.json");

    /// <summary>Both ways: the schema has every key that the gateway reads, with its bounds and its sentence, and no other.</summary>
    [Fact]
    public async Task Schema_IsWhatTheGatewayReads()
    {
        var expected = SettingsSchema.Build();
        if (expected != await System.IO.File.ReadAllTextAsync(File, Deadline.Token()))
        {
            var right = Path.Combine(AppContext.BaseDirectory, "gateway.schema.right.json");
            await System.IO.File.WriteAllTextAsync(right, expected, Deadline.Token());
            Assert.Fail($"config/gateway.schema.json is out of step with the settings; take {right} for it.");
        }
    }

    [Fact]
    public void ShippedFile_KeepsToTheSchema()
    {
        var options = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
        var settings = JsonNode.Parse(System.IO.File.ReadAllText(TestGateway.SettingsFile), documentOptions: options);

        Assert.Equal([], Faults(settings, JsonNode.Parse(System.IO.File.ReadAllText(File))!.AsObject(), "$").ToList());
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
