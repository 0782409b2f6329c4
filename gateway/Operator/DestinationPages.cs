using Microsoft.Extensions.Options;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Routes.Balancing;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Draining;

namespace YarpWs.Gateway.Operator;

/// <summary>
/// <c>GET /destinations</c>: who there is, in what state, with how many sockets. <c>POST /destinations/{id}/drain</c>: takes one out and closes its
/// sockets at a rate; <c>DELETE</c> of the same puts it back. <c>?cluster=</c> says which one is meant where several clusters have one of that id.
/// </summary>
internal sealed class DestinationPages(
    IProxyStateLookup proxy, DestinationLoad load, HealthReasons reasons, SocketTable table, DrainedDestinations drained, IOptions<SocketOptions> options, ILogger<DestinationPages> logger)
{
    private const string DrainSuffix = "/drain";

    public Task AnswerAsync(HttpContext context, string rest) => (context.Request.Method, rest) switch
    {
        ("GET" or "HEAD", "") => ListAsync(context),
        ("POST", _) when IdOf(rest) is { } id => DrainAsync(context, id),
        ("DELETE", _) when IdOf(rest) is { } id => PutBackAsync(context, id),
        _ => Refusal.WriteAsync(
            context, StatusCodes.Status404NotFound, "Here are GET /destinations, POST /destinations/{id}/drain and DELETE /destinations/{id}/drain."),
    };

    /// <summary>Ids may hold slashes.</summary>
    private static string? IdOf(string rest) => rest.Length > DrainSuffix.Length + 1 && rest.EndsWith(DrainSuffix, StringComparison.Ordinal)
        ? rest[1..^DrainSuffix.Length].Replace("%2F", "/", StringComparison.OrdinalIgnoreCase)
        : null;

    /// <summary>All destinations as they are now.</summary>
    public IReadOnlyList<DestinationView> All()
    {
        var sockets = table.All.CountBy(socket => socket.Origin.DestinationName).ToDictionary();
        return [.. proxy.GetClusters()
            .OrderBy(cluster => cluster.ClusterId, StringComparer.OrdinalIgnoreCase)
            .SelectMany(cluster => cluster.Destinations.Values
                .OrderBy(destination => destination.DestinationId, StringComparer.OrdinalIgnoreCase)
                .Select(destination => View(cluster.ClusterId, destination, sockets.GetValueOrDefault(new(cluster.ClusterId, destination.DestinationId)))))];
    }

    private Task ListAsync(HttpContext context) => context.Response.WriteAsJsonAsync(new { destinations = All() }, context.RequestAborted);

    private async Task DrainAsync(HttpContext context, string id)
    {
        if (await FindAsync(context, id) is not var (cluster, destination))
        {
            return;
        }

        var (order, complaint) = await RequestBody.ReadAsync<DrainRequest>(context.Request, DrainRequest.Example);
        complaint ??= order?.Complaint();
        if (order is null || complaint is not null)
        {
            await Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, complaint!);
            return;
        }

        var name = new DestinationName(cluster, destination.DestinationId);
        drained.Drain(name, new DrainPlan(new SocketClose(order.Code, order.Reason), order.PerSecond ?? options.Value.DrainPerSecond, order.Order));
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        await ShowAsync(context, name, destination);
    }

    private async Task PutBackAsync(HttpContext context, string id)
    {
        if (await FindAsync(context, id) is not var (cluster, destination))
        {
            return;
        }

        var name = new DestinationName(cluster, destination.DestinationId);
        if (drained.PutBack(name))
        {
            logger.DestinationPutBack(name.ToString());
        }

        await ShowAsync(context, name, destination);
    }

    private Task ShowAsync(HttpContext context, DestinationName name, DestinationState destination) => context.Response.WriteAsJsonAsync(
        View(name.Cluster, destination, table.All.Count(socket => socket.Origin.DestinationName == name)), context.RequestAborted);

    private DestinationView View(string cluster, DestinationState destination, int sockets) =>
        DestinationView.Of(cluster, destination, load.Of(destination), sockets, reasons.Of(destination), drained.Find(new DestinationName(cluster, destination.DestinationId)));

    /// <summary>The one that is meant; else the refusal is written and null is returned.</summary>
    private async Task<(string Cluster, DestinationState Destination)?> FindAsync(HttpContext context, string id)
    {
        var named = context.Request.Query["cluster"].ToString();
        if (context.Request.Query.Keys.FirstOrDefault(key => key != "cluster") is { } other)
        {
            await Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, $"'{other}' is not understood here; only cluster is.");
            return null;
        }

        var found = proxy.GetClusters()
            .Where(cluster => named.Length == 0 || cluster.ClusterId.Equals(named, StringComparison.OrdinalIgnoreCase))
            .Where(cluster => cluster.Destinations.ContainsKey(id))
            .Select(cluster => (cluster.ClusterId, cluster.Destinations[id]))
            .ToList();
        if (found is [var one])
        {
            return one;
        }

        await (found.Count == 0
            ? Refusal.WriteAsync(context, StatusCodes.Status404NotFound, "No such destination; GET /destinations has them all.")
            : Refusal.WriteAsync(
                context,
                StatusCodes.Status409Conflict,
                $"Several clusters have a destination of this id; say which with ?cluster={string.Join(" or ?cluster=", found.Select(place => place.ClusterId).Order())}."));
        return null;
    }
}
