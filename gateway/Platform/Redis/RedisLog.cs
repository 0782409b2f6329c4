using System.Net;

namespace YarpWs.Platform.Redis;

/// <summary>What is said of Redis, in either process; its ids are used by neither for anything else.</summary>
internal static partial class RedisLog
{
    [LoggerMessage(3200, LogLevel.Information, "The Sentinels are about to replace the Redis master {Master}; nothing is written to it any more, messages wait.")]
    public static partial void MasterStepsDown(this ILogger logger, EndPoint master);

    [LoggerMessage(3201, LogLevel.Information, "The Sentinels have replaced the Redis master {Old} by {Master}.")]
    public static partial void MasterReplaced(this ILogger logger, EndPoint old, EndPoint master);

    [LoggerMessage(3202, LogLevel.Information, "The Redis master stays {Master}: the Sentinels have given their failover up.")]
    public static partial void MasterStays(this ILogger logger, EndPoint master);

    [LoggerMessage(3203, LogLevel.Error, "The Sentinel {Sentinel} is not followed any more. This is a bug.")]
    public static partial void SentinelWatchFailed(this ILogger logger, Exception exception, EndPoint sentinel);
}
