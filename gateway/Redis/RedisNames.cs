using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace YarpWs.Gateway.Redis;

/// <summary>
/// Every key and channel that gateways use, and nothing else makes a name. What one script touches shares a hash tag, so in a Redis
/// Cluster it lies in one slot. None of them begins like a name of the room servers, which may share the prefix.
/// </summary>
internal sealed class RedisNames(IOptions<RedisOptions> options)
{
    private readonly string _prefix = options.Value.KeyPrefix + ":gateway:";

    /// <summary>Hash: what is revoked, and for which tokens and until when.</summary>
    public RedisKey Revocations => _prefix + "{revocations}:all";

    /// <summary>Sorted set: what is revoked, scored by when that is forgotten.</summary>
    public RedisKey RevocationEnds => _prefix + "{revocations}:ends";

    /// <summary>String: rises with every change of the revocations.</summary>
    public RedisKey RevocationsVersion => _prefix + "{revocations}:version";

    /// <summary>String: what a ticket seals, while it is good.</summary>
    public RedisKey Ticket(string id) => $"{_prefix}ticket:{id}";

    /// <summary>String: a session, encrypted, while it lasts.</summary>
    public RedisKey Session(string key) => $"{_prefix}session:{key}";

    /// <summary>String: a gateway renews this version of a session.</summary>
    public RedisKey SessionRenewal(string key, int version) => $"{_prefix}session-renewal:{key}:{version}";

    /// <summary>Hash: the keys that sessions are encrypted with, of one client's secret.</summary>
    public RedisKey SessionKeys(string secret) => $"{_prefix}session-keys:{secret}";

    /// <summary>String: a gateway makes the first of them.</summary>
    public RedisKey SessionKeysLock(string secret) => $"{_prefix}session-keys-lock:{secret}";

    /// <summary>String: a logout token that was used.</summary>
    public RedisKey LogoutToken(string id) => $"{_prefix}logout-token:{id}";

    /// <summary>String: what one bucket of a rate holds, until it is empty.</summary>
    public RedisKey RateBucket(string hash) => $"{_prefix}rate:{hash}";

    /// <summary>Where a login that goes on is published.</summary>
    public RedisChannel RenewalsChannel => RedisChannel.Literal(_prefix + "renewals");

    /// <summary>Where every change of the revocations is published.</summary>
    public RedisChannel RevocationsChannel => RedisChannel.Literal(_prefix + "revocations");
}
