using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using YarpWs.Platform.Settings;

namespace YarpWs.Platform.Commands;

/// <summary><c>check FILE</c>: says all that a start with these settings would say, and starts nothing.</summary>
internal static class CheckCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <param name="find">What is to be said about a file's settings.</param>
    public static Command Create(Func<string, Task<IReadOnlyList<Diagnostic>>> find)
    {
        var file = new Argument<string>("FILE") { Description = "The settings. The environment is read over them, as at a start." };
        var strict = new Option<bool>("--strict") { Description = "Ends with 2 where there are warnings alone, instead of 0." };
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var command = new Command("check", "Checks settings as a start would. Ends with 0, or with 1 where there are errors.") { file, strict, json };
        command.SetAction(async (parsed, _) =>
        {
            var name = parsed.GetRequiredValue(file);
            return await PrintAsync(name, await find(name), parsed.GetValue(strict), parsed.GetValue(json), parsed.InvocationConfiguration.Output);
        });
        return command;
    }

    private static async Task<int> PrintAsync(string file, IReadOnlyList<Diagnostic> diagnostics, bool isStrict, bool isJson, TextWriter output)
    {
        var errors = diagnostics.Count(diagnostic => diagnostic.IsError);
        var warnings = diagnostics.Count - errors;
        if (isJson)
        {
            var views = diagnostics.Select(one => new { one.Severity, one.Location?.File, one.Location?.Line, one.Location?.Column, one.Key, one.Message });
            await output.WriteLineAsync(JsonSerializer.Serialize(new { file, errors, warnings, diagnostics = views }, Json));
        }
        else
        {
            foreach (var diagnostic in diagnostics)
            {
                await output.WriteLineAsync(diagnostic.ToString());
            }

            await output.WriteLineAsync($"{file}: {Count(errors, "error")}, {Count(warnings, "warning")}.");
        }

        return errors > 0 ? 1 : isStrict && warnings > 0 ? 2 : 0;
    }

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
}
