using System.CommandLine;
using System.Globalization;

namespace YarpWs.Gateway.Operator.Verbs;

/// <summary><c>yarpws sockets show ID</c>: all that is known of one.</summary>
internal static class SocketsShowVerb
{
    public static Command Create()
    {
        var id = new Argument<long>("ID") { Description = "Its number, as list has it." };
        var (admin, json) = (AdminPort.AddressOption(), AdminPort.JsonOption());
        var command = new Command("show", "Shows one socket.") { id, admin, json };
        command.SetAction((parsed, stop) => AdminPort.RunAsync(
            parsed,
            admin,
            port => port.ShowAsync(
                string.Create(CultureInfo.InvariantCulture, $"/sockets/{parsed.GetValue(id)}"),
                parsed.GetValue(json),
                socket => socket.EnumerateObject().Select(property => $"{property.Name,-18}{TextTable.Cell(socket, property.Name)}"),
                stop),
            stop));
        return command;
    }
}
