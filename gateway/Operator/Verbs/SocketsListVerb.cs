using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace YarpWs.Gateway.Operator.Verbs;

/// <summary><c>yarpws sockets list</c>: those that fit, the oldest first.</summary>
internal static class SocketsListVerb
{
    public static void Complete(Command command)
    {
        var (filter, admin, json) = (new SocketFilterOptions(), AdminPort.AddressOption(), AdminPort.JsonOption());
        var limit = new Option<int>("--limit") { Description = "How many at most, 1 to 1000.", HelpName = "NUMBER", DefaultValueFactory = _ => 100 };
        filter.AddTo(command);
        command.Options.Add(limit);
        command.Options.Add(admin);
        command.Options.Add(json);
        command.SetAction((parsed, stop) => AdminPort.RunAsync(
            parsed,
            admin,
            port => port.ShowAsync(
                string.Create(CultureInfo.InvariantCulture, $"/sockets?{filter.Query(parsed)}limit={parsed.GetValue(limit)}"), parsed.GetValue(json), Words, stop),
            stop));
    }

    private static IEnumerable<string> Words(JsonElement answer)
    {
        var sockets = answer.GetProperty("sockets");
        foreach (var line in TextTable.Of(
            sockets.EnumerateArray(), ("ID", "id"), ("USER", "user"), ("IP", "ip"), ("ROUTE", "route"), ("DESTINATION", "destination"), ("PROTOCOL", "protocol"), ("AGE s", "age"),
            ("SILENT s", "silentFor"), ("RTT s", "roundTrip"), ("IN", "messagesIn"), ("OUT", "messagesOut"), ("CLOSING", "isClosing"), ("PATH", "path")))
        {
            yield return line;
        }

        yield return $"{sockets.GetArrayLength()} shown of {answer.GetProperty("found")} found; {answer.GetProperty("total")} are open.";
    }
}
