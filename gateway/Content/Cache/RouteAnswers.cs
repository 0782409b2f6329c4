using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Content.Cache;

/// <summary>The answers of one route in the store: under which keys they are kept, one for each of the headers by which they vary. Any thread may call it.</summary>
internal sealed class RouteAnswers
{
    private const char Separator = '\n';

    private static int _lastNumber;

    private readonly CacheStore _store;
    private readonly RequestText _key;

    /// <summary>In front of all keys: the route, and a number, so that a route that was changed gives nothing of what it was.</summary>
    private readonly string _zone;

    public RouteAnswers(string route, string key, CacheStore store)
    {
        _store = store;
        _key = RequestText.Parse(key);
        _zone = $"{PrefixOf(route)}{Interlocked.Increment(ref _lastNumber)}{Separator}";
    }

    /// <summary>What the keys of a route's answers begin with.</summary>
    public static string PrefixOf(string route) => route + Separator;

    /// <summary>The host that destinations are told by a proxy in front is part of it: they may make addresses of it.</summary>
    public string KeyOf(HttpContext context) => $"{_zone}{_key.Of(context)}{Separator}{context.Features.Get<Client>()?.Host}";

    /// <summary>What is kept for a request, and under which key it is or would be.</summary>
    public (CachedAnswer? Answer, string Variant) Find(HttpContext context, string key)
    {
        var found = _store.Find(key);
        if (found is not string[] vary)
        {
            return (found as CachedAnswer, key);
        }

        var variant = VariantOf(context, key, vary);
        return (_store.Find(variant) as CachedAnswer, variant);
    }

    /// <summary>Keeps an answer, unless the store was emptied since that generation.</summary>
    public void Keep(HttpContext context, string key, string[] vary, CachedAnswer answer, int generation)
    {
        if (vary.Length > 0)
        {
            _store.Put(key, vary, generation);
        }

        _store.Put(vary.Length > 0 ? VariantOf(context, key, vary) : key, answer, generation);
    }

    private static string VariantOf(HttpContext context, string key, string[] vary) =>
        $"{key}{Separator}{string.Join(Separator, vary.Select(name => $"{name}:{string.Join(',', context.Request.Headers[name].ToArray())}"))}";
}
