using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace YarpWs.Backend.Redis;

/// <summary>How this node reaches Redis and how it tells that Redis answers. Section <c>Redis</c>.</summary>
internal sealed record RedisOptions
{
    /// <summary>
    /// Where Redis is: a StackExchange.Redis connection string, <c>host:port,host:port,password=…,ssl=true,serviceName=…</c>, or a URL,
    /// <c>redis://user:password@host:port/0</c>, <c>rediss://</c> for TLS. Default <c>127.0.0.1:6379</c>.
    /// </summary>
    [Required(AllowEmptyStrings = false)]
    public string Configuration { get; init; } = "127.0.0.1:6379";

    /// <summary>First part of every key and channel, so that several systems can share one Redis. Letters, digits, <c>-</c> and <c>_</c>. Default <c>yarpws</c>.</summary>
    [Required(AllowEmptyStrings = false), RegularExpression("^[A-Za-z0-9_-]{1,64}$")]
    public string KeyPrefix { get; init; } = "yarpws";

    /// <summary>
    /// How long one command may take before it counts as failed; a message that Redis comes to later than that is not taken. Keep it below half of the time after which
    /// Sentinels or a Cluster replace a master that is silent. 100 ms to 30 s, default 2 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:30")]
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often a probe travels the whole way through pub/sub and back. 100 ms to 30 s, default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:30")]
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a probe may stay away before this node calls itself not ready. 100 ms to 30 s, default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:30")]
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>Whether <see cref="RedisOptions.Configuration"/> can be read.</summary>
internal sealed class RedisOptionsCheck : IValidateOptions<RedisOptions>
{
    public ValidateOptionsResult Validate(string? name, RedisOptions options)
    {
        try
        {
            RedisConnection.Settings(options);
            return ValidateOptionsResult.Success;
        }
        catch (ArgumentException exception)
        {
            return ValidateOptionsResult.Fail($"Redis:Configuration: {exception.Message}.");
        }
    }
}
