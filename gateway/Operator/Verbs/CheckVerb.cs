using System.CommandLine;
using System.Text.Json;
using YarpWs.Gateway.Edge;
using YarpWs.Gateway.Routes.Text;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Operator.Verbs;

/// <summary><c>yarpws check FILE</c>: says all that a start with these settings would say, and starts nothing.</summary>
internal static class CheckVerb
{
    public static Command Create(Func<string, WebApplication> build)
    {
        var file = new Argument<string>("FILE") { Description = "The settings. The environment is read over them, as at a start." };
        var strict = new Option<bool>("--strict") { Description = "Ends with 2 where there are warnings alone, instead of 0." };
        var json = new Option<bool>("--json") { Description = "Prints JSON." };
        var command = new Command("check", "Checks settings as a start would. Ends with 0, or with 1 where there are errors.") { file, strict, json };
        command.SetAction((parsed, _) => RunAsync(
            build, parsed.GetRequiredValue(file), parsed.GetValue(strict), parsed.GetValue(json), parsed.InvocationConfiguration.Output));
        return command;
    }

    private static async Task<int> RunAsync(Func<string, WebApplication> build, string file, bool isStrict, bool isJson, TextWriter output)
    {
        var diagnostics = await FindAsync(build, file);
        var errors = diagnostics.Count(diagnostic => diagnostic.IsError);
        var warnings = diagnostics.Count - errors;
        if (isJson)
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(new { file, errors, warnings, diagnostics = diagnostics.Select(RouteViews.Of) }, AdminClient.Json));
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

    private static async Task<IReadOnlyList<Diagnostic>> FindAsync(Func<string, WebApplication> build, string file)
    {
        try
        {
            await using var app = build(file);
            return app.Services.GetRequiredService<CheckedRoutes>().Diagnostics;
        }
        catch (RefusedSettingsException exception)
        {
            return exception.Diagnostics;
        }
        catch (Exception exception) when (StartupFailure.Describe(exception, configuration: null, AdminEndpoint.Listeners) is { } line)
        {
            return [new Diagnostic(Severity.Error, null, "", line)];
        }
    }

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
}
