namespace YarpWs.Gateway.Access.Rates;

/// <summary>The zones of rates, and of limits of requests under way. Any thread may call it.</summary>
internal sealed class LimitZones(SharedBuckets shared, TimeProvider time)
{
    private readonly Zones<LeakyBuckets> _rates = new();
    private readonly Zones<UnderWay> _limits = new();

    /// <param name="owner">The route and the place of the rate in it.</param>
    /// <param name="rate">What is counted, and how much of it is let in.</param>
    public RateBuckets Of(string owner, RequestRate rate)
    {
        var terms = $"{rate.Key}\n{rate.PerSecond:R}";
        return new RateBuckets(rate, _rates.Of(rate.Zone, owner, terms, () => new LeakyBuckets(rate.PerSecond, time)), Zones.Id(rate.Zone, owner, terms), rate.Shared ? shared : null);
    }

    /// <param name="owner">The route and the place of the limit in it.</param>
    /// <param name="limit">What is counted.</param>
    public UnderWay Of(string owner, RequestLimit limit) => _limits.Of(limit.Zone, owner, limit.Key!, () => new UnderWay());
}
