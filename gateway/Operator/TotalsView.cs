using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Operator;

/// <summary>What all sockets come to. Bytes, messages, closes and cuts are since the start, and never fall.</summary>
internal sealed record TotalsView(
    int Open,
    int Closing,
    IEnumerable<TotalsView.RouteView> Routes,
    IEnumerable<TotalsView.DestinationSockets> Destinations,
    IEnumerable<TotalsView.CloseView> Closes,
    IReadOnlyDictionary<string, long> Cuts)
{
    public static TotalsView Of(SocketTable table, SocketTotals totals)
    {
        var open = table.All.ToList();
        var byRoute = open.CountBy(socket => socket.Origin.Route, StringComparer.OrdinalIgnoreCase).ToDictionary(StringComparer.OrdinalIgnoreCase);
        return new TotalsView(
            open.Count,
            open.Count(socket => socket.IsEnding),
            totals.TrafficByRoute()
                .OrderBy(route => route.Key, StringComparer.OrdinalIgnoreCase)
                .Select(route => new RouteView(
                    route.Key, byRoute.GetValueOrDefault(route.Key), route.Value.BytesIn, route.Value.BytesOut, route.Value.MessagesIn, route.Value.MessagesOut)),
            open.CountBy(socket => socket.Origin.DestinationName)
                .OrderBy(destination => destination.Key.ToString(), StringComparer.OrdinalIgnoreCase)
                .Select(destination => new DestinationSockets(destination.Key.Cluster, destination.Key.Id, destination.Value)),
            totals.Closes.OrderByDescending(close => close.Value).Select(close => new CloseView(close.Key.Code, close.Key.By, close.Value)),
            totals.Cuts.ToDictionary(cut => cut.Key.ToString(), cut => cut.Value));
    }

    internal sealed record RouteView(string Route, int Open, long BytesIn, long BytesOut, long MessagesIn, long MessagesOut);

    internal sealed record DestinationSockets(string Cluster, string Destination, int Open);

    internal sealed record CloseView(string Code, string By, long Count);
}
