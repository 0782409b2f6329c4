using System.CommandLine;
using System.Text.Json;

namespace YarpWs.Gateway.Operator.Verbs;

/// <summary><c>yarpws rollback REVISION</c>: has the gateway that runs go back to routes that ran before.</summary>
internal static class RollbackVerb
{
    public static Command Create()
    {
        var revision = new Argument<string>("REVISION") { Description = "A number of GET /routes/history, or the first four or more letters of a hash." };
        var admin = AdminPort.AddressOption();
        var command = new Command("rollback", "Has the gateway that runs go back to routes that ran before, and writes their files.") { revision, admin };
        command.SetAction(async (parsed, stop) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var body = JsonSerializer.SerializeToUtf8Bytes(new { revision = parsed.GetRequiredValue(revision) });
            if (await AdminClient.PostAsync<Answer>(parsed.GetRequiredValue(admin), "/routes/rollback", body, error, stop) is not { } answer)
            {
                return 1;
            }

            await output.WriteLineAsync($"The routes {answer.Running.Hash} run now, as revision {answer.Running.Revision}.");
            if (answer.FilesNotWritten is { } reason)
            {
                await output.WriteLineAsync($"The files stay as they are until you put them right, before the next start: {reason}");
            }

            return 0;
        });
        return command;
    }

    private sealed record Answer(Now Running, string? FilesNotWritten);

    private sealed record Now(int Revision, string Hash);
}
