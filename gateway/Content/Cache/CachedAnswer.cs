using Microsoft.Extensions.Primitives;

namespace YarpWs.Gateway.Content.Cache;

/// <summary>An answer that is kept. It does not change.</summary>
internal sealed record CachedAnswer
{
    /// <summary>What an entry takes beside its texts and its body.</summary>
    private const int Overhead = 1024;

    public required int Status { get; init; }

    public required IReadOnlyList<KeyValuePair<string, StringValues>> Headers { get; init; }

    public required byte[] Body { get; init; }

    /// <summary>A timestamp of the time provider.</summary>
    public required long StoredAt { get; init; }

    /// <summary>How old it was when it came: its Age.</summary>
    public required TimeSpan AgeBefore { get; init; }

    /// <summary>For how long it is good from then on.</summary>
    public required TimeSpan Lifetime { get; init; }

    /// <summary>For how much longer it is given while the next one is asked for.</summary>
    public required TimeSpan StaleWhileRevalidate { get; init; }

    /// <summary>For how much longer it is given in place of an error.</summary>
    public required TimeSpan StaleIfError { get; init; }

    public int Size => Overhead + Body.Length + (2 * Headers.Sum(header => header.Key.Length + header.Value.Sum(value => value?.Length ?? 0)));
}
