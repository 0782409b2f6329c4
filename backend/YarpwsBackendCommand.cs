using System.CommandLine;
using Microsoft.Extensions.Options;
using YarpWs.Platform.Commands;
using YarpWs.Platform.Settings;

namespace YarpWs.Backend;

/// <summary>The executable <c>yarpws-backend</c>: running, and every verb.</summary>
internal static class YarpwsBackendCommand
{
    private const string Listeners = "Kestrel:Endpoints";

    public static CommandLine Create() => new(
        "yarpws-backend",
        "A room server: groups of WebSockets over Redis, pushed to over HTTP.",
        Run(),
        SettingsCommand.Create(typeof(YarpwsBackendCommand).Assembly, "backend.json"),
        CheckCommand.Create(FindAsync));

    private static Command Run()
    {
        var file = new Argument<string?>("FILE")
        {
            Description = "The settings, JSON; comments are allowed. The environment is read over them. Without one, they are the environment's alone.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var run = new Command("run", "Runs the room server. Ends with 0 when it was told to stop, and with 1 when it could not start or has failed.") { file };
        run.SetAction((parsed, stop) => HostRun.RunAsync(
            () => BackendHost.Build(parsed.GetValue(file)), Listeners, parsed.GetValue(file), parsed.InvocationConfiguration.Error, stop));
        return run;
    }

    /// <summary>What a start would say. Nothing is listened to, and no Redis is asked.</summary>
    private static async Task<IReadOnlyList<Diagnostic>> FindAsync(string file)
    {
        try
        {
            // Its log would stand among what is printed.
            await using var app = BackendHost.Build(file, [new("Logging:Console:LogLevel:Default", "None")]);
            app.Services.GetRequiredService<IStartupValidator>().Validate();
            return [];
        }
        catch (Exception exception) when (StartupFailure.Diagnose(exception, configuration: null, Listeners, file) is { } diagnostics)
        {
            return diagnostics;
        }
    }
}
