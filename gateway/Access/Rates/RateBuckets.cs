namespace YarpWs.Gateway.Access.Rates;

/// <summary>The buckets that one rate of a route fills: those of this gateway, or those that gateways share, which are asked for a key at a time. Any thread may call it.</summary>
/// <param name="rate">What fills them.</param>
/// <param name="here">Of this gateway; also while Redis does not answer.</param>
/// <param name="zone">What tells these buckets from others in Redis.</param>
/// <param name="shared">Null for a rate that gateways do not share.</param>
internal sealed class RateBuckets(RequestRate rate, LeakyBuckets here, string zone, SharedBuckets? shared)
{
    public RequestRate Rate => rate;

    /// <summary>Fills the bucket of a key by one, unless it would then hold more than the burst. It goes <see cref="FilledWhere.Nowhere"/> where gateways share it, Redis does not answer, and the rate refuses then.</summary>
    public ValueTask<Filling> FillAsync(string key) => shared is null ? ValueTask.FromResult(FillHere(key)) : FillSharedAsync(shared, key);

    /// <summary>Takes back one that was filled in for a request which another limit has refused.</summary>
    public void TakeBack(string key, FilledWhere where)
    {
        if (where == FilledWhere.Here)
        {
            here.TakeBack(key);
        }
        else if (where == FilledWhere.Redis)
        {
            shared!.TakeBack(zone, key);
        }
    }

    private Filling FillHere(string key) => new(here.Fill(key, rate.Burst), FilledWhere.Here);

    private async ValueTask<Filling> FillSharedAsync(SharedBuckets buckets, string key) =>
        await buckets.FillAsync(zone, key, rate.PerSecond, rate.Burst) is { } held ? new Filling(held, FilledWhere.Redis)
        : rate.WithoutRedis == WithoutRedis.CountAlone ? FillHere(key)
        : new Filling(0, FilledWhere.Nowhere);
}
