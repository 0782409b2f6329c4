using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace YarpWs.Gateway.Operator.Verbs;

/// <summary><c>yarpws destinations</c>: who there is, in what state, with how many sockets.</summary>
internal static class DestinationsVerb
{
    public static Command Create()
    {
        var (admin, json) = (AdminPort.AddressOption(), AdminPort.JsonOption());
        var command = new Command("destinations", "The destinations of a running gateway.") { admin, json };
        command.SetAction((parsed, stop) => AdminPort.RunAsync(
            parsed, admin, port => port.ShowAsync("/destinations", parsed.GetValue(json), Words, stop), stop));
        return command;
    }

    /// <summary>How far the drain of a destination has come; null when it is not drained.</summary>
    public static string? Progress(JsonElement destination) => destination.GetProperty("draining") is { ValueKind: JsonValueKind.Object } drain
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"{drain.GetProperty("done")} of {drain.GetProperty("total")} sockets are over, {drain.GetProperty("left")} left, {drain.GetProperty("secondsLeft")} s to go")
        : null;

    private static IEnumerable<string> Words(JsonElement answer)
    {
        var all = answer.GetProperty("destinations").EnumerateArray().ToList();
        return
        [
            .. TextTable.Of(
                all, ("CLUSTER", "cluster"), ("DESTINATION", "id"), ("HEALTH", "health"), ("SOCKETS", "sockets"), ("REQUESTS", "requests"), ("ADDRESS", "address")),
            .. all.Where(destination => Progress(destination) is not null)
                .Select(destination => $"{TextTable.Cell(destination, "cluster")}/{TextTable.Cell(destination, "id")} is drained: {Progress(destination)}."),
        ];
    }
}
