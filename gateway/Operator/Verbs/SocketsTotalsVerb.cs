using System.CommandLine;
using System.Text.Json;

namespace YarpWs.Gateway.Operator.Verbs;

/// <summary><c>yarpws sockets totals</c>: what all sockets come to.</summary>
internal static class SocketsTotalsVerb
{
    public static Command Create()
    {
        var (admin, json) = (AdminPort.AddressOption(), AdminPort.JsonOption());
        var command = new Command("totals", "Sockets and traffic by route and destination, and how sockets ended.") { admin, json };
        command.SetAction((parsed, stop) => AdminPort.RunAsync(
            parsed, admin, port => port.ShowAsync("/sockets/totals", parsed.GetValue(json), Words, stop), stop));
        return command;
    }

    private static IEnumerable<string> Words(JsonElement totals) =>
    [
        $"{totals.GetProperty("open")} open, {totals.GetProperty("closing")} of them closing",
        "",
        .. TextTable.Of(
            totals.GetProperty("routes").EnumerateArray(),
            ("ROUTE", "route"), ("OPEN", "open"), ("MESSAGES IN", "messagesIn"), ("OUT", "messagesOut"), ("BYTES IN", "bytesIn"), ("OUT", "bytesOut")),
        "",
        .. TextTable.Of(totals.GetProperty("destinations").EnumerateArray(), ("CLUSTER", "cluster"), ("DESTINATION", "destination"), ("OPEN", "open")),
        "",
        .. TextTable.Of(totals.GetProperty("closes").EnumerateArray(), ("CLOSE CODE", "code"), ("BY", "by"), ("SOCKETS", "count")),
    ];
}
