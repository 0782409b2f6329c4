using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace YarpWs.Gateway.Operator.Verbs;

/// <summary>The conditions by which verbs choose sockets: a socket fits when it fits all that are given.</summary>
internal sealed class SocketFilterOptions
{
    private readonly Option<long?> _id = new("--id") { Description = "Of this number alone.", HelpName = "NUMBER" };
    private readonly Option<string?> _user = new("--user") { Description = "Of this user.", HelpName = "NAME" };
    private readonly Option<string?> _ip = new("--ip") { Description = "From this address.", HelpName = "ADDRESS" };
    private readonly Option<string?> _route = new("--route") { Description = "Of this route.", HelpName = "ID" };
    private readonly Option<string?> _cluster = new("--cluster") { Description = "To this cluster.", HelpName = "ID" };
    private readonly Option<string?> _destination = new("--destination") { Description = "To this destination.", HelpName = "ID" };
    private readonly Option<string?> _protocol = new("--protocol") { Description = "Of this protocol: websocket, or that of tunnels.", HelpName = "NAME" };
    private readonly Option<bool?> _closing = new("--closing") { Description = "Whose end has begun (true), or has not (false)." };
    private readonly Option<double?> _minAge = new("--min-age") { Description = "Open for so many seconds at least.", HelpName = "SECONDS" };
    private readonly Option<double?> _minRoundTrip = new("--min-round-trip") { Description = "Whose client's last ping took so many seconds at least.", HelpName = "SECONDS" };
    private readonly Option<long?> _minBytes = new("--min-bytes") { Description = "That have carried so many bytes at least.", HelpName = "BYTES" };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_id, _user, _ip, _route, _cluster, _destination, _protocol, _closing, _minAge, _minRoundTrip, _minBytes])
        {
            command.Options.Add(option);
        }
    }

    public SocketFilter Read(ParseResult parsed) => new()
    {
        Id = parsed.GetValue(_id),
        User = parsed.GetValue(_user),
        Ip = parsed.GetValue(_ip),
        Route = parsed.GetValue(_route),
        Cluster = parsed.GetValue(_cluster),
        Destination = parsed.GetValue(_destination),
        Protocol = parsed.GetValue(_protocol),
        Closing = parsed.GetValue(_closing),
        MinAge = parsed.GetValue(_minAge),
        MinRoundTrip = parsed.GetValue(_minRoundTrip),
        MinBytes = parsed.GetValue(_minBytes),
    };

    /// <summary>The filter as a query, to be followed by more: "user=ann&amp;".</summary>
    public string Query(ParseResult parsed) => string.Concat(JsonSerializer.SerializeToNode(Read(parsed), AdminPort.Json)!.AsObject()
        .Select(condition => string.Create(CultureInfo.InvariantCulture, $"{condition.Key}={Uri.EscapeDataString(condition.Value!.ToString())}&")));
}
