using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Redis;

/// <summary>What gateways share: revocations, renewals and tickets of logins. Section <c>Redis</c>.</summary>
internal sealed record RedisOptions
{
    public const string Section = "Redis";

    /// <summary>
    /// Where Redis is, as a StackExchange.Redis connection string: <c>host:port,host:port,password=…,ssl=true,serviceName=…</c>. Default none:
    /// what this gateway is told of logins, it knows alone.
    /// </summary>
    public string? Configuration { get; init; }

    /// <summary>First part of every key and channel, so that several systems can share one Redis. Letters, digits, <c>-</c> and <c>_</c>. Default <c>yarpws</c>.</summary>
    [Required(AllowEmptyStrings = false), RegularExpression("^[A-Za-z0-9_-]{1,64}$")]
    public string KeyPrefix { get; init; } = "yarpws";

    /// <summary>How long one command may take before it counts as failed. Default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:30")]
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(2);
}
