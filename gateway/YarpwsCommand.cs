using System.CommandLine;
using YarpWs.Gateway.Edge;
using YarpWs.Gateway.Import;
using YarpWs.Gateway.Operator.Verbs;
using YarpWs.Gateway.Setup;
using YarpWs.Platform.Commands;

namespace YarpWs.Gateway;

/// <summary>The executable <c>yarpws</c>: running, and every verb.</summary>
internal static class YarpwsCommand
{
    public static CommandLine Create() => new(
        "yarpws",
        "One entry point for WebSockets and HTTP.",
        Run(),
        InitVerb.Create(),
        ImportVerb.Create(),
        SettingsCommand.Create(typeof(YarpwsCommand).Assembly, "gateway.json"),
        KeyVerb.Create(),
        TokenVerb.Create(),
        CheckVerb.Create(BuildQuietly),
        PlanVerb.Create(),
        ExplainVerb.Create(BuildQuietly),
        RollbackVerb.Create(),
        RevokeVerb.Create(),
        SocketsVerb.Create(),
        DestinationsVerb.Create(),
        DrainVerb.Create(),
        DrainVerb.CreateUndo());

    /// <summary>A gateway to be looked at: its log would stand among what is printed.</summary>
    private static WebApplication BuildQuietly(string file) => GatewayHost.Build(file, [new("Logging:Console:LogLevel:Default", "None")]);

    private static Command Run()
    {
        var file = new Argument<string?>("FILE")
        {
            Description = "The settings, JSON; comments are allowed. The environment is read over them. Without one, they are the environment's alone.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var run = new Command("run", "Runs the gateway. Ends with 0 when it was told to stop, and with 1 when it could not start or has failed.") { file };
        run.SetAction((parsed, stop) => RunAsync(parsed.GetValue(file), parsed.InvocationConfiguration.Error, stop));
        return run;
    }

    private static async Task<int> RunAsync(string? file, TextWriter error, CancellationToken stop)
    {
        using var secondSignal = new SecondSignal();
        return await HostRun.RunAsync(() => GatewayHost.Build(file), AdminEndpoint.Listeners, file, error, stop);
    }
}
