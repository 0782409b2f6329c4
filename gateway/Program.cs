using System.CommandLine;
using YarpWs.Gateway;
using YarpWs.Gateway.Edge;
using YarpWs.Gateway.Operator.Verbs;
using YarpWs.Platform.Settings;

var root = new RootCommand("yarpws: one entry point for WebSockets and HTTP.");
var run = new Command("run", "Runs the gateway. This is also what happens without a verb.");
foreach (var command in (Command[])[root, run])
{
    var file = new Argument<string?>("FILE")
    {
        Description = "The settings, JSON; comments are allowed. The environment is read over them.",
        Arity = ArgumentArity.ZeroOrOne,
    };
    command.Arguments.Add(file);
    command.SetAction((parsed, stop) => RunAsync(parsed.GetValue(file), stop));
}

root.Subcommands.Add(run);
RouteVerbs.AddTo(root, file => GatewayHost.Build(file, RouteVerbs.Quiet));
root.Subcommands.Add(RevokeVerb.Create());
root.Subcommands.Add(SocketsVerb.Create());
root.Subcommands.Add(DestinationsVerb.Create());
root.Subcommands.Add(DrainVerb.Create());
root.Subcommands.Add(DrainVerb.CreateUndo());

// The host ends on Ctrl+C and SIGTERM by itself, with goodbyes; the command line would cut it short.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });

static async Task<int> RunAsync(string? file, CancellationToken stop)
{
    using var secondSignal = new SecondSignal();
    WebApplication? app = null;
    var stopping = CancellationToken.None;
    try
    {
        app = GatewayHost.Build(file);
        stopping = app.Lifetime.ApplicationStopping;
        await app.StartAsync(stop);
        await app.WaitForShutdownAsync(stop);
        return 0;
    }
    catch (OperationCanceledException) when (stopping.IsCancellationRequested)
    {
        // Told to stop while it was still starting.
        return 0;
    }
    catch (Exception exception) when (StartupFailure.Describe(exception, app?.Configuration, AdminEndpoint.Listeners) is { } line)
    {
        await Console.Error.WriteLineAsync(line);
        return 1;
    }
    finally
    {
        if (app is not null)
        {
            await app.DisposeAsync();
        }
    }
}
