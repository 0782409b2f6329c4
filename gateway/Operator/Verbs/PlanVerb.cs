using System.CommandLine;
using YarpWs.Gateway.Routes;

namespace YarpWs.Gateway.Operator.Verbs;

/// <summary><c>yarpws plan FILE</c>: what a settings file would change in the gateway that runs, and how many live sockets are on it.</summary>
internal static class PlanVerb
{
    public static Command Create()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "The settings as they shall be." };
        var admin = AdminClient.Option();
        var command = new Command("plan", "Says what settings would change in the gateway that runs. Ends with 1 where they would be refused.") { file.AcceptExistingOnly(), admin };
        command.SetAction(async (parsed, stop) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var body = await File.ReadAllBytesAsync(parsed.GetRequiredValue(file).FullName, stop);
            return await AdminClient.PostAsync<Answer>(parsed.GetRequiredValue(admin), "/routes/plan", body, error, stop) is { } answer
                ? await PrintAsync(answer, output)
                : 1;
        });
        return command;
    }

    private static async Task<int> PrintAsync(Answer answer, TextWriter output)
    {
        foreach (var diagnostic in answer.Diagnostics)
        {
            await output.WriteLineAsync(diagnostic.ToString());
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

    private sealed record Answer(IReadOnlyList<DiagnosticView> Diagnostics, IReadOnlyList<RouteChange>? Changes, int? Sockets);
}
