using System.CommandLine;
using System.Text.Json;
using YarpWs.Gateway.Sockets.Draining;

namespace YarpWs.Gateway.Operator.Verbs;

/// <summary>
/// <c>yarpws drain DESTINATION</c>: takes a destination out and has its sockets closed at a rate; <c>yarpws undrain DESTINATION</c> puts it back.
/// </summary>
internal static class DrainVerb
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public static Command Create()
    {
        var (id, cluster, admin, json) = (Destination(), Cluster(), AdminPort.AddressOption(), AdminPort.JsonOption());
        var rate = new Option<double?>("--rate") { Description = "Sockets in a second. Default Sockets:DrainPerSecond.", HelpName = "NUMBER" };
        var order = new Option<DrainOrder>("--order") { Description = "Whose turn comes first: oldest, or spread by chance." };
        var wait = new Option<bool>("--wait") { Description = "Ends when the last socket is over." };
        var command = new Command("drain", "Takes a destination out: what is new goes elsewhere, and its sockets are closed at a rate.")
        {
            id, cluster, rate, order, wait, admin, json,
        };
        command.SetAction((parsed, stop) => AdminPort.RunAsync(
            parsed,
            admin,
            async port =>
            {
                var path = Path(parsed.GetRequiredValue(id), parsed.GetValue(cluster));
                var what = new DrainRequest { PerSecond = parsed.GetValue(rate), Order = parsed.GetValue(order) };
                if (await port.AskAsync(HttpMethod.Post, path, what, stop) is not { } answer)
                {
                    return AdminPort.Failed;
                }

                await SayAsync(port, answer, parsed.GetValue(json));
                await WarnAsync(port, answer, stop);
                return parsed.GetValue(wait) ? await WaitAsync(port, answer, parsed.GetValue(json), stop) : AdminPort.Done;
            },
            stop));
        return command;
    }

    public static Command CreateUndo()
    {
        var (id, cluster, admin, json) = (Destination(), Cluster(), AdminPort.AddressOption(), AdminPort.JsonOption());
        var command = new Command("undrain", "Puts a destination back that was taken out.") { id, cluster, admin, json };
        command.SetAction((parsed, stop) => AdminPort.RunAsync(
            parsed,
            admin,
            async port =>
            {
                if (await port.AskAsync(HttpMethod.Delete, Path(parsed.GetRequiredValue(id), parsed.GetValue(cluster)), order: null, stop) is not { } answer)
                {
                    return AdminPort.Failed;
                }

                await port.PrintAsync([parsed.GetValue(json) ? answer.ToString() : $"{Name(answer)} takes new sockets and requests; {answer.GetProperty("sockets")} sockets are there."]);
                return AdminPort.Done;
            },
            stop));
        return command;
    }

    /// <summary>Looks again until its last socket is over. Another operator may put it back meanwhile, which is no success.</summary>
    private static async Task<int> WaitAsync(AdminPort port, JsonElement drained, bool asJson, CancellationToken stop)
    {
        using var again = new PeriodicTimer(Pause);
        while (drained.GetProperty("draining").ValueKind != JsonValueKind.Null)
        {
            if (drained.GetProperty("sockets").GetInt32() == 0)
            {
                await port.PrintAsync([asJson ? drained.ToString() : $"{Name(drained)} has no sockets any more."]);
                return AdminPort.Done;
            }

            await again.WaitForNextTickAsync(stop);
            if (await port.AskAsync(HttpMethod.Get, "/destinations", order: null, stop) is not { } all)
            {
                return AdminPort.Failed;
            }

            var name = Name(drained);
            drained = all.GetProperty("destinations").EnumerateArray().FirstOrDefault(destination => Name(destination) == name);
            if (drained.ValueKind == JsonValueKind.Undefined)
            {
                await port.ComplainAsync($"{name} is configured no more.");
                return AdminPort.Failed;
            }
        }

        await port.ComplainAsync($"{Name(drained)} was put back before its last socket was over.");
        return AdminPort.Failed;
    }

    private static Task SayAsync(AdminPort port, JsonElement answer, bool asJson) =>
        port.PrintAsync([asJson ? answer.ToString() : $"{Name(answer)} is drained: {DestinationsVerb.Progress(answer)}."]);

    /// <summary>Nobody who meant it is kept from it, and who did not can put it back.</summary>
    private static async Task WarnAsync(AdminPort port, JsonElement drained, CancellationToken stop)
    {
        var cluster = TextTable.Cell(drained, "cluster");
        if (await port.AskAsync(HttpMethod.Get, "/destinations", order: null, stop) is { } all
            && !all.GetProperty("destinations").EnumerateArray().Any(one => TextTable.Cell(one, "cluster") == cluster && IsInUse(one)))
        {
            await port.ComplainAsync($"Cluster {cluster} has no other destination in use: what is new is answered 503 until one is put back (yarpws undrain) or well again.");
        }
    }

    private static bool IsInUse(JsonElement destination) =>
        destination.GetProperty("draining").ValueKind == JsonValueKind.Null && destination.GetProperty("health").GetString() != "unhealthy";

    private static string Name(JsonElement destination) => $"{TextTable.Cell(destination, "cluster")}/{TextTable.Cell(destination, "id")}";

    private static string Path(string id, string? cluster) =>
        $"/destinations/{Uri.EscapeDataString(id)}/drain" + (cluster is null ? "" : $"?cluster={Uri.EscapeDataString(cluster)}");

    private static Argument<string> Destination() => new("DESTINATION") { Description = "Its id, as destinations has it." };

    private static Option<string?> Cluster() => new("--cluster") { Description = "Its cluster, where several have a destination of this id.", HelpName = "ID" };
}
