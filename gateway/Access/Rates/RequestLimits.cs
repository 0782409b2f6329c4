using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets.Limits;

namespace YarpWs.Gateway.Access.Rates;

/// <summary>Lets no more requests be under way on a route than its limits allow. A request that is led on to another route is counted once.</summary>
internal sealed class RequestLimits(string route, CountedBy by, IReadOnlyList<(RequestLimit Limit, UnderWay UnderWay)> limits, LimitReport report)
{
    private readonly CountedKey[] _keys = [.. limits.Select(one => new CountedKey(one.Limit.Key!))];

    public RequestDelegate Then(RequestDelegate next) => context => CountedOnce.IsFirst(context, by) ? CheckAsync(context, next) : next(context);

    private Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        var held = new List<(UnderWay UnderWay, string Key)>(limits.Count);
        for (var index = 0; index < limits.Count; index++)
        {
            var (limit, underWay) = limits[index];
            var key = _keys[index].Of(context);
            if (key.Length == 0)
            {
                continue;
            }

            if (underWay.TryEnter(key, limit.Requests))
            {
                held.Add((underWay, key));
                continue;
            }

            report.Over(route, Limit.RequestLimits, limit.DryRun ? LimitAction.Counted : LimitAction.Refused);
            if (!limit.DryRun)
            {
                Leave(held);
                context.Response.Headers.RetryAfter = "1";
                return Refusal.WriteAsync(context, limit.Status, "As many requests are under way here as are let in at once.", RefusalReason.Limit);
            }
        }

        return held.Count == 0 ? next(context) : HoldAsync(context, next, held);
    }

    private static async Task HoldAsync(HttpContext context, RequestDelegate next, List<(UnderWay UnderWay, string Key)> held)
    {
        var permits = HeldPermits.Add(context, () => Leave(held));
        try
        {
            await next(context);
        }
        finally
        {
            permits.EndRequest();
        }
    }

    private static void Leave(List<(UnderWay UnderWay, string Key)> held)
    {
        foreach (var (underWay, key) in held)
        {
            underWay.Leave(key);
        }
    }
}
