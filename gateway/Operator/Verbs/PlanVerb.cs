using System.CommandLine;
using YarpWs.Gateway.Routes;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Operator.Verbs;

/// <summary><c>yarpws plan FILE</c>: what a settings file would change in the gateway that runs, and how many live sockets are on it.</summary>
internal static class PlanVerb
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The settings as they shall be." };
        var admin = AdminPort.AddressOption();
        var command = new Command("plan", "Says what settings would change in the gateway that runs. Ends with 1 where they would be refused.") { file, admin };
        command.SetAction(async (parsed, stop) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var name = parsed.GetRequiredValue(file);
            byte[] body;
            try
            {
                body = SettingsFile.Read(name);
            }
            catch (InvalidSettingException exception)
            {
                await error.WriteLineAsync(exception.Message);
                return 1;
            }

            return await AdminClient.PostAsync<Answer>(parsed.GetRequiredValue(admin), "/routes/plan", body, error, stop) is { } answer
                ? await PrintAsync(answer, name, output)
                : 1;
        });
        return command;
    }

    private static async Task<int> PrintAsync(Answer answer, string file, TextWriter output)
    {
        foreach (var diagnostic in answer.Diagnostics)
        {
            // The gateway read the text in the place of its own settings file, and names that one.
            await output.WriteLineAsync((diagnostic.File == answer.File ? diagnostic with { File = file } : diagnostic).ToString());
        }

        if (answer.Changes is not { } changes)
        {
            await output.WriteLineAsync("These settings would be refused, and what runs would go on.");
            return 1;
        }

        foreach (var change in changes)
        {
            var sign = change.Kind switch { ChangeKind.Added => '+', ChangeKind.Removed => '-', _ => '~' };
            await output.WriteLineAsync($"{sign} {change.What} {change.Id}, {change.Sockets} live sockets");
            foreach (var key in change.Keys)
            {
                await output.WriteLineAsync($"    {key}");
            }
        }

        await output.WriteLineAsync(changes.Count == 0
            ? "Nothing would change."
            : $"{answer.Sockets} live sockets are on what changes. Those whose route or destination is gone, or has another address, are treated as Sockets:OnRemoved says; the others stay.");
        return 0;
    }

    private sealed record Answer(string? File, IReadOnlyList<DiagnosticView> Diagnostics, IReadOnlyList<RouteChange>? Changes, int? Sockets);
}
