namespace YarpWs.Gateway.Requests;

/// <summary>How the cache of its route has served a request, in nginx's words (<c>$upstream_cache_status</c>): a feature of the request, absent where the cache was not asked.</summary>
internal sealed class CacheOutcome
{
    public const string Hit = "HIT", Miss = "MISS", Expired = "EXPIRED", Stale = "STALE", Updating = "UPDATING", Bypass = "BYPASS";

    private readonly string _word;

    private CacheOutcome(string word) => _word = word;

    public static void Set(HttpContext context, string word) => context.Features.Set(new CacheOutcome(word));

    /// <summary>Empty where the cache was not asked.</summary>
    public static string Of(HttpContext context) => context.Features.Get<CacheOutcome>()?._word ?? "";
}
