using System.Globalization;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets.Limits;

namespace YarpWs.Gateway.Access.Rates;

/// <summary>Lets as many requests into a route as its rates allow, has those beyond wait or refuses them. A request that is led on to another route is counted once.</summary>
internal sealed class RequestRates(string route, CountedBy by, IReadOnlyList<RateBuckets> rates, LimitReport report, TimeProvider time)
{
    /// <summary>No client waits for its turn for longer than that, and no timer of the platform for more than some weeks.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly CountedKey[] _keys = [.. rates.Select(one => new CountedKey(one.Rate.Key!))];

    public RequestDelegate Then(RequestDelegate next) => context =>
    {
        if (!CountedOnce.IsFirst(context, by))
        {
            return next(context);
        }

        // Without a rate that gateways share nothing is waited for, and nothing is set up for that.
        var asked = AskAsync(context);
        return asked.IsCompletedSuccessfully ? FollowAsync(context, next, asked.Result) : FollowLaterAsync(context, next, asked);
    };

    private async ValueTask<Verdict> AskAsync(HttpContext context)
    {
        var filled = new (string Key, FilledWhere Where)[rates.Count];
        var wait = TimeSpan.Zero;
        for (var index = 0; index < rates.Count; index++)
        {
            var (buckets, rate) = (rates[index], rates[index].Rate);
            var key = _keys[index].Of(context);
            if (key.Length == 0)
            {
                continue;
            }

            var filling = await buckets.FillAsync(key);
            if (filling.Where == FilledWhere.Nowhere || filling.Held > rate.Burst)
            {
                report.Over(route, Limit.RequestRates, rate.DryRun ? LimitAction.Counted : LimitAction.Refused);
                if (!rate.DryRun)
                {
                    TakeBack(filled);
                    return filling.Where == FilledWhere.Nowhere
                        ? new Verdict(StatusCodes.Status503ServiceUnavailable, TimeSpan.FromSeconds(1))
                        : new Verdict(rate.Status, TimeSpan.FromSeconds((filling.Held - rate.Burst) / rate.PerSecond));
                }
            }
            else
            {
                filled[index] = (key, filling.Where);
                if (filling.Held > rate.DelayBeyond)
                {
                    report.Over(route, Limit.RequestRates, rate.DryRun ? LimitAction.Counted : LimitAction.Delayed);
                    var turn = TimeSpan.FromSeconds((filling.Held - rate.DelayBeyond.Value) / rate.PerSecond);
                    wait = rate.DryRun || turn < wait ? wait : turn;
                }
            }
        }

        return new Verdict(null, wait);
    }

    private void TakeBack((string Key, FilledWhere Where)[] filled)
    {
        foreach (var (index, (key, where)) in filled.Index())
        {
            rates[index].TakeBack(key, where);
        }
    }

    private Task FollowAsync(HttpContext context, RequestDelegate next, Verdict verdict) =>
        verdict.Refusal is { } status ? RefuseAsync(context, status, verdict.Wait)
        : verdict.Wait == TimeSpan.Zero ? next(context)
        : WaitAsync(context, next, verdict.Wait);

    private async Task FollowLaterAsync(HttpContext context, RequestDelegate next, ValueTask<Verdict> asked) => await FollowAsync(context, next, await asked);

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

    private static Task RefuseAsync(HttpContext context, int status, TimeSpan free)
    {
        context.Response.Headers.RetryAfter = ((long)Math.Ceiling(free.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return Refusal.WriteAsync(context, status, "More requests come than are let in here.", RefusalReason.Limit);
    }

    /// <param name="Refusal">The status of a request that is refused.</param>
    /// <param name="Wait">How long until its turn, or until it is worth while to come back.</param>
    private readonly record struct Verdict(int? Refusal, TimeSpan Wait);
}
