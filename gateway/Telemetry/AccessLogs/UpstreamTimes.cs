namespace YarpWs.Gateway.Telemetry.AccessLogs;

/// <summary>How long a destination took, with all that were tried before it: a feature of requests whose log says so.</summary>
internal sealed class UpstreamTimes(TimeProvider time)
{
    private readonly long _begun = time.GetTimestamp();
    private TimeSpan? _whole;

    /// <summary>To the head of its answer; null where there was none.</summary>
    public TimeSpan? ToHead { get; private set; }

    /// <summary>To the end of its answer, or until now.</summary>
    public TimeSpan Whole => _whole ?? time.GetElapsedTime(_begun);

    /// <summary>Null for a request that was not forwarded, or whose log does not ask.</summary>
    public static UpstreamTimes? Of(HttpContext context) => context.Features.Get<UpstreamTimes>();

    /// <summary>Measures what forwards.</summary>
    public static RequestDelegate Around(RequestDelegate forward, TimeProvider time) => async context =>
    {
        var times = new UpstreamTimes(time);
        context.Features.Set(times);
        context.Response.OnStarting(
            static state =>
            {
                var times = (UpstreamTimes)state;
                times.ToHead = times.Whole;
                return Task.CompletedTask;
            },
            times);
        try
        {
            await forward(context);
        }
        finally
        {
            times._whole = times.Whole;
        }
    };
}
