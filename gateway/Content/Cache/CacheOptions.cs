using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Content.Cache;

/// <summary>
/// How the answers of a route's destinations are kept in memory and given to other clients (RFC 9111, a shared cache): those to GET, for as long as they say themselves
/// (s-maxage, max-age, Expires), or Ages says. Never kept is what is private, no-store or no-cache, what varies by everything, parts, and answers to whoever has a login;
/// unless it is asked for, neither what sets a cookie.
/// </summary>
internal sealed record CacheOptions
{
    /// <summary>
    /// What tells one answer from another, with variables of the request; the headers that an answer's Vary names are added. Whatever a destination goes by has to be in it.
    /// Default "$scheme://$http_host$request_uri".
    /// </summary>
    public string Key { get; init; } = "$scheme://$http_host$request_uri";

    /// <summary>How long answers are good that do not say so themselves; the first that fits decides. Default none: they are not kept.</summary>
    public IReadOnlyList<CacheAge>? Ages { get; init; }

    /// <summary>Values of the request, such as "$cookie_session"; where one is neither empty nor 0 the destination is asked, and its answer kept. Default none.</summary>
    public IReadOnlyList<string>? Bypass { get; init; }

    /// <summary>Values of the request; where one is neither empty nor 0 the answer is not kept. Default none.</summary>
    public IReadOnlyList<string>? NoStore { get; init; }

    /// <summary>For how long an answer that is not good any more is given to others while one request asks for the next; an answer's stale-while-revalidate goes before it. Default 00:00:00, up to a day.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan StaleWhileRevalidate { get; init; }

    /// <summary>For how long such an answer is given in place of the error of a destination that fails; an answer's stale-if-error goes before it. Default 00:00:00, up to 7 days.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "7.00:00:00")]
    public TimeSpan StaleIfError { get; init; }

    /// <summary>Whether Ages goes before what answers say themselves, also before private and no-store. Default false.</summary>
    public bool IgnoreCacheControl { get; init; }

    /// <summary>Whether answers that set cookies are kept, without these cookies. Default false.</summary>
    public bool WithSetCookie { get; init; }

    /// <summary>Whether answers to requests with an Authorization are kept and given to others, whoever they are: the Key has to tell them apart. Default false.</summary>
    public bool WithAuthorization { get; init; }

    /// <summary>The largest body that is kept, in bytes. Default 1 MiB, up to 64 MiB.</summary>
    [Range(1, 64 << 20)]
    public int MaxBodyBytes { get; init; } = 1 << 20;

    /// <summary>How long requests wait for the one that asks for the same; then they ask as well. Default 00:00:05, up to 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>How long the answers of some statuses are good.</summary>
internal sealed record CacheAge
{
    /// <summary>The statuses. Default 200, 301 and 302.</summary>
    public IReadOnlyList<int>? Statuses { get; init; }

    /// <summary>How long. Required, up to 365 days.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "365.00:00:00")]
    public TimeSpan Age { get; init; }
}

/// <summary>What the kept answers of all routes may take. Section <c>Cache</c>.</summary>
internal sealed record CacheStoreOptions
{
    public const string Section = "Cache";

    /// <summary>Bytes of memory for all answers that routes keep; those that were asked for the longest time ago give way. Default 64 MiB.</summary>
    [Range(1 << 20, 1L << 40)]
    public long MaxBytes { get; init; } = 64 << 20;
}
