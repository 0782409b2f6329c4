using System.CommandLine;
using YarpWs.Gateway.Sockets.Draining;

namespace YarpWs.Gateway.Operator.Verbs;

/// <summary><c>yarpws sockets close</c>: closes those that fit, at a rate. Without --yes it says how many that would be, and ends with 2.</summary>
internal static class SocketsCloseVerb
{
    private static readonly CloseRequest Defaults = new();

    public static Command Create()
    {
        var (filter, admin, json) = (new SocketFilterOptions(), AdminPort.AddressOption(), AdminPort.JsonOption());
        var code = new Option<int>("--code") { Description = "The close code. Default 1012, come back.", HelpName = "CODE", DefaultValueFactory = _ => Defaults.Code };
        var reason = new Option<string>("--reason") { Description = "The close reason.", HelpName = "TEXT", DefaultValueFactory = _ => Defaults.Reason };
        var rate = new Option<double>("--rate") { Description = "Sockets in a second.", HelpName = "NUMBER", DefaultValueFactory = _ => Defaults.PerSecond };
        var order = new Option<DrainOrder>("--order") { Description = "Whose turn comes first: oldest, or spread by chance." };
        var yes = new Option<bool>("--yes") { Description = "Does it." };
        var command = new Command("close", "Closes sockets, one after another.") { code, reason, rate, order, yes, admin, json };
        filter.AddTo(command);
        command.SetAction((parsed, stop) => AdminPort.RunAsync(
            parsed,
            admin,
            async port =>
            {
                var isMeant = parsed.GetValue(yes);
                var what = new CloseRequest
                {
                    Filter = filter.Read(parsed),
                    Code = parsed.GetValue(code),
                    Reason = parsed.GetRequiredValue(reason),
                    PerSecond = parsed.GetValue(rate),
                    Order = parsed.GetValue(order),
                    DryRun = !isMeant,
                };
                if (await port.AskAsync(HttpMethod.Post, "/sockets/close", what, stop) is not { } answer)
                {
                    return AdminPort.Failed;
                }

                var found = answer.GetProperty("found").GetInt32();
                await port.PrintAsync([
                    parsed.GetValue(json) ? answer.ToString()
                    : isMeant ? $"{answer.GetProperty("closed")} sockets were told {what.Code}."
                    : $"{found} sockets fit; the last would be told {what.Code} after {found / what.PerSecond:F1} s. Add --yes to do it."]);
                return isMeant || found == 0 ? AdminPort.Done : AdminPort.NotYet;
            },
            stop));
        return command;
    }
}
