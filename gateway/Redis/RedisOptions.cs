using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace YarpWs.Gateway.Redis;

/// <summary>What gateways share: revocations, renewals and tickets of logins, and rates that are Shared. Section <c>Redis</c>.</summary>
internal sealed record RedisOptions
{
    public const string Section = "Redis";

    /// <summary>
    /// Where Redis is: a StackExchange.Redis connection string, <c>host:port,host:port,password=…,ssl=true,serviceName=…</c>, or a URL,
    /// <c>redis://user:password@host:port/0</c>, <c>rediss://</c> for TLS. Default none: what this gateway is told of logins, it knows alone.
    /// </summary>
    public string? Configuration { get; init; }

    /// <summary>First part of every key and channel, so that several systems can share one Redis. Letters, digits, <c>-</c> and <c>_</c>. Default <c>yarpws</c>.</summary>
    [Required(AllowEmptyStrings = false), RegularExpression("^[A-Za-z0-9_-]{1,64}$")]
    public string KeyPrefix { get; init; } = "yarpws";

    /// <summary>How long one command may take before it counts as failed. Default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:30")]
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>Whether <see cref="RedisOptions.Configuration"/>, where there is one, can be read.</summary>
internal sealed class RedisOptionsCheck : IValidateOptions<RedisOptions>
{
    public ValidateOptionsResult Validate(string? name, RedisOptions options)
    {
        try
        {
            if (!string.IsNullOrEmpty(options.Configuration))
            {
                RedisConnection.Settings(options);
            }

            return ValidateOptionsResult.Success;
        }
        catch (ArgumentException exception)
        {
            return ValidateOptionsResult.Fail($"Redis:Configuration: {exception.Message}.");
        }
    }
}
