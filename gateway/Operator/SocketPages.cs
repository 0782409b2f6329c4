using System.Globalization;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Draining;

namespace YarpWs.Gateway.Operator;

/// <summary>
/// <c>GET /sockets</c>: the live sockets, filtered, sorted and in pages. <c>GET /sockets/{id}</c>: one of them, or one that ended lately.
/// <c>GET /sockets/ended</c>: the last of those. <c>POST /sockets/close</c>: closes those that a filter finds, at a rate, or says how many that would be.
/// <c>GET /sockets/totals</c>: what they come to.
/// </summary>
internal sealed class SocketPages(SocketTable table, EndedSockets ended, SocketTotals totals, DeadlineWheel wheel, TimeProvider time, ILogger<SocketPages> logger)
{
    private const int DefaultPage = 100;
    private const int LargestPage = 1_000;

    public Task AnswerAsync(HttpContext context, string rest) => (context.Request.Method, rest) switch
    {
        ("GET" or "HEAD", "") => ListAsync(context),
        ("GET" or "HEAD", "/totals") => ShowTotalsAsync(context),
        ("GET" or "HEAD", "/ended") => ShowEndedAsync(context),
        ("POST", "/close") => CloseAsync(context),
        ("GET" or "HEAD", ['/', .. var id]) when long.TryParse(id, CultureInfo.InvariantCulture, out var number) => ShowAsync(context, number),
        _ => Refusal.WriteAsync(context, StatusCodes.Status404NotFound, "Here are GET /sockets, GET /sockets/{id}, GET /sockets/ended, GET /sockets/totals and POST /sockets/close."),
    };

    private Task ListAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var limit = DefaultPage;
        var after = 0L;
        if (SocketFilter.Parse(query, ["limit", "after", "sort"], out var complaint) is not { } filter)
        {
            return Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, complaint!);
        }

        if ((query.ContainsKey("limit") && (!int.TryParse(query["limit"], CultureInfo.InvariantCulture, out limit) || limit is < 1 or > LargestPage))
            || (query.ContainsKey("after") && !long.TryParse(query["after"], CultureInfo.InvariantCulture, out after)))
        {
            return Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, $"limit is 1 to {LargestPage}; after is the id that the last page ended with.");
        }

        var order = SocketOrder.ById;
        if (query.ContainsKey("sort") && ((order = SocketOrder.Parse(query["sort"].ToString())) is null || query.ContainsKey("after")))
        {
            return Refusal.WriteAsync(
                context, StatusCodes.Status400BadRequest, $"sort is one of {SocketOrder.Names}, with '-' before it for the largest first, and goes without after: pages follow the ids.");
        }

        var found = 0;
        var page = new PriorityQueue<LiveSocket, LiveSocket>(limit + 1, Comparer<LiveSocket>.Create((one, other) => order.Compare(other, one)));
        foreach (var socket in table.All)
        {
            if (!filter.Matches(socket, time))
            {
                continue;
            }

            found++;
            if (socket.Origin.Id > after && (page.Count <= limit || order.Compare(socket, page.Peek()) < 0))
            {
                // Keeps the first of the order; the queue gives up the last first.
                page.Enqueue(socket, socket);
                if (page.Count > limit + 1)
                {
                    page.Dequeue();
                }
            }
        }

        var sockets = page.UnorderedItems.Select(item => item.Element).Order(order).ToList();
        return context.Response.WriteAsJsonAsync(
            new
            {
                total = table.Count,
                found,
                sockets = sockets.Take(limit).Select(socket => SocketView.Of(socket, wheel, time)),
                next = sockets.Count > limit && order == SocketOrder.ById ? sockets[limit - 1].Origin.Id : (long?)null,
            },
            context.RequestAborted);
    }

    private Task ShowAsync(HttpContext context, long id)
    {
        var view = table.Find(id) is { } live ? SocketView.Of(live, wheel, time)
            : ended.All.FirstOrDefault(socket => socket.Origin.Id == id) is { } over ? SocketView.Of(over)
            : null;
        return view is not null
            ? context.Response.WriteAsJsonAsync(view, context.RequestAborted)
            : Refusal.WriteAsync(context, StatusCodes.Status404NotFound, $"No live socket has this id, nor one of the last {EndedSockets.Capacity} that ended.");
    }

    private Task ShowEndedAsync(HttpContext context) => context.Response.WriteAsJsonAsync(
        new { capacity = EndedSockets.Capacity, sockets = ended.All.Reverse().Select(SocketView.Of) }, context.RequestAborted);

    private Task ShowTotalsAsync(HttpContext context) =>
        context.Response.WriteAsJsonAsync(TotalsView.Of(table, totals), context.RequestAborted);

    /// <summary>The request owns the closing: it is answered when the last socket was told, and a client that hangs up stops it.</summary>
    private async Task CloseAsync(HttpContext context)
    {
        var (order, complaint) = await RequestBody.ReadAsync<CloseRequest>(context.Request, CloseRequest.Example);
        complaint ??= order?.Complaint();
        if (order is null || complaint is not null)
        {
            await Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, complaint!);
            return;
        }

        var sockets = table.All.Where(socket => order.Filter.Matches(socket, time)).ToList();
        if (!order.DryRun)
        {
            logger.ClosingSockets(sockets.Count, order.Code, order.PerSecond);
            var drain = new Drain(new DrainPlan(new SocketClose(order.Code, order.Reason), order.PerSecond, order.Order), time);
            drain.Add(sockets);
            await drain.TellAllAsync(context.RequestAborted);
        }

        await context.Response.WriteAsJsonAsync(new { found = sockets.Count, closed = order.DryRun ? 0 : sockets.Count, dryRun = order.DryRun }, context.RequestAborted);
    }
}
