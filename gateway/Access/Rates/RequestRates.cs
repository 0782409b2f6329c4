using System.Globalization;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets.Limits;

namespace YarpWs.Gateway.Access.Rates;

/// <summary>Lets as many requests into a route as its rates allow, has those beyond wait or refuses them. A request that is led on to another route is counted once.</summary>
internal sealed class RequestRates(string route, CountedBy by, IReadOnlyList<(RequestRate Rate, LeakyBuckets Buckets)> rates, LimitReport report, TimeProvider time)
{
    /// <summary>No client waits for its turn for longer than that, and no timer of the platform for more than some weeks.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly CountedKey[] _keys = [.. rates.Select(one => new CountedKey(one.Rate.Key!))];

    public RequestDelegate Then(RequestDelegate next) => context => CountedOnce.IsFirst(context, by) ? CheckAsync(context, next) : next(context);

    private Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        var keys = new string[rates.Count];
        var wait = TimeSpan.Zero;
        for (var index = 0; index < rates.Count; index++)
        {
            var (rate, buckets) = rates[index];
            var key = keys[index] = _keys[index].Of(context);
            if (key.Length == 0)
            {
                continue;
            }

            var held = buckets.Fill(key, rate.Burst);
            if (held > rate.Burst)
            {
                report.Over(route, Limit.RequestRates, rate.DryRun ? LimitAction.Counted : LimitAction.Refused);
                if (!rate.DryRun)
                {
                    TakeBack(keys.AsSpan(0, index));
                    return RefuseAsync(context, rate, TimeSpan.FromSeconds((held - rate.Burst) / buckets.PerSecond));
                }
            }
            else if (held > rate.DelayBeyond)
            {
                report.Over(route, Limit.RequestRates, rate.DryRun ? LimitAction.Counted : LimitAction.Delayed);
                var turn = TimeSpan.FromSeconds((held - rate.DelayBeyond.Value) / buckets.PerSecond);
                wait = rate.DryRun || turn < wait ? wait : turn;
            }
        }

        return wait == TimeSpan.Zero ? next(context) : WaitAsync(context, next, wait);
    }

    private void TakeBack(ReadOnlySpan<string> keys)
    {
        for (var index = 0; index < keys.Length; index++)
        {
            if (keys[index].Length > 0)
            {
                rates[index].Buckets.TakeBack(keys[index]);
            }
        }
    }

    private async Task WaitAsync(HttpContext context, RequestDelegate next, TimeSpan wait)
    {
        try
        {
            await Task.Delay(wait < LongestWait ? wait : LongestWait, time, context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for an answer any more, and no destination is bothered.
            return;
        }

        await next(context);
    }

    private static Task RefuseAsync(HttpContext context, RequestRate rate, TimeSpan free)
    {
        context.Response.Headers.RetryAfter = ((long)Math.Ceiling(free.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return Refusal.WriteAsync(context, rate.Status, "More requests come than are let in here.", RefusalReason.Limit);
    }
}
