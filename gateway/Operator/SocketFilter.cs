using System.Globalization;
using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Operator;

/// <summary>Which sockets are meant: all that fit every condition given. Without conditions, all.</summary>
internal sealed record SocketFilter
{
    /// <summary>The socket of this number alone.</summary>
    public long? Id { get; init; }

    /// <summary>The user that the token named.</summary>
    public string? User { get; init; }

    /// <summary>The client's address.</summary>
    public string? Ip { get; init; }

    public string? Route { get; init; }

    public string? Cluster { get; init; }

    public string? Destination { get; init; }

    /// <summary>What is spoken over it: websocket, or the protocol of a tunnel. Case makes no difference.</summary>
    public string? Protocol { get; init; }

    /// <summary>Whether its end has begun.</summary>
    public bool? Closing { get; init; }

    /// <summary>Seconds that the client's last answered ping took at least, there and back. One that has answered none does not fit.</summary>
    public double? MinRoundTrip { get; init; }

    /// <summary>Seconds that the socket has been open at least.</summary>
    public double? MinAge { get; init; }

    /// <summary>Bytes that have passed at least, both ways together.</summary>
    public long? MinBytes { get; init; }

    /// <summary>Reads the conditions from a query. Null and a complaint for one that does not exist or is no number.</summary>
    public static SocketFilter? Parse(IQueryCollection query, string[] others, out string? complaint)
    {
        complaint = null;
        var filter = new SocketFilter();
        foreach (var (name, values) in query)
        {
            var value = values.ToString();
            switch (name)
            {
                case "id" when long.TryParse(value, CultureInfo.InvariantCulture, out var id):
                    filter = filter with { Id = id };
                    break;
                case "user":
                    filter = filter with { User = value };
                    break;
                case "ip":
                    filter = filter with { Ip = value };
                    break;
                case "route":
                    filter = filter with { Route = value };
                    break;
                case "cluster":
                    filter = filter with { Cluster = value };
                    break;
                case "protocol":
                    filter = filter with { Protocol = value };
                    break;
                case "closing" when bool.TryParse(value, out var closing):
                    filter = filter with { Closing = closing };
                    break;
                case "minRoundTrip" when double.TryParse(value, CultureInfo.InvariantCulture, out var roundTrip):
                    filter = filter with { MinRoundTrip = roundTrip };
                    break;
                case "destination":
                    filter = filter with { Destination = value };
                    break;
                case "minAge" when double.TryParse(value, CultureInfo.InvariantCulture, out var seconds):
                    filter = filter with { MinAge = seconds };
                    break;
                case "minBytes" when long.TryParse(value, CultureInfo.InvariantCulture, out var bytes):
                    filter = filter with { MinBytes = bytes };
                    break;
                case var other when others.Contains(other):
                    break;
                default:
                    // A condition that is passed over would close sockets that nobody meant.
                    complaint = $"'{name}={value}' is no condition; use id, user, ip, route, cluster, destination, protocol, closing (true or false), minAge, minRoundTrip (seconds) or minBytes.";
                    return null;
            }
        }

        return filter;
    }

    public bool Matches(LiveSocket socket, TimeProvider time) =>
        (Id is null || socket.Origin.Id == Id)
        && (User is null || socket.Login?.User == User)
        && (Ip is null || socket.Origin.ClientAddress == Ip)
        && (Route is null || string.Equals(socket.Origin.Route, Route, StringComparison.OrdinalIgnoreCase))
        && (Destination is null || string.Equals(socket.Origin.Destination, Destination, StringComparison.OrdinalIgnoreCase))
        && (Cluster is null || string.Equals(socket.Origin.Cluster, Cluster, StringComparison.OrdinalIgnoreCase))
        && (Protocol is null || string.Equals(socket.Origin.Protocol, Protocol, StringComparison.OrdinalIgnoreCase))
        && (Closing is null || socket.IsEnding == Closing)
        && (MinRoundTrip is null || socket.Client.Liveness.RoundTrip?.TotalSeconds >= MinRoundTrip)
        && (MinAge is null || time.GetElapsedTime(socket.OpenedAt).TotalSeconds >= MinAge)
        && (MinBytes is null || socket.Client.Frames.Bytes + socket.Backend.Frames.Bytes >= MinBytes);
}
