using StackExchange.Redis;

namespace YarpWs.Backend.Redis;

/// <summary>The one place that tells a failure of Redis, which passes, from a bug, which does not.</summary>
internal static class RedisFailure
{
    /// <summary>
    /// Whether the library has failed because Redis is away, too slow, or refuses: what was asked may succeed later. Three unrelated types say so:
    /// <see cref="RedisException"/> for connections and answers, <see cref="RedisCommandException"/> when no server takes the command,
    /// <see cref="TimeoutException"/> when no answer came.
    /// </summary>
    public static bool IsRedis(Exception exception) => exception is RedisException or RedisCommandException or TimeoutException;
}
