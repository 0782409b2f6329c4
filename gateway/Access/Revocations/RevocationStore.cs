using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using YarpWs.Gateway.Redis;

namespace YarpWs.Gateway.Access.Revocations;

/// <summary>
/// The revocations in Redis: what every gateway reads and adds to. Each change is published with the version that it made, so who follows
/// knows when one was missed. While Redis is away every member throws what <see cref="RedisConnection.IsAway"/> knows.
/// </summary>
internal sealed class RevocationStore(
    RedisConnection redis, RedisNames names, IOptions<RevocationOptions> options, TimeProvider time, ILogger<RevocationStore> logger)
{
    /// <summary>In one script: Redis serves nobody else meanwhile.</summary>
    private const int LargestBatch = 500;

    private static readonly string AddScript = ReadScript();

    /// <summary>Rises with every change; 0 when there is no list.</summary>
    public async Task<long> ReadVersionAsync() =>
        (long?)await redis.Database.StringGetAsync(names.RevocationsVersion, CommandFlags.DemandMaster) ?? 0;

    public async Task<IReadOnlyList<Revocation>> ReadAsync()
    {
        var entries = await redis.Database.HashGetAllAsync(names.Revocations, CommandFlags.DemandMaster);
        return [.. entries.Select(entry => Parse(entry.Value + " " + entry.Name)).OfType<Revocation>()];
    }

    /// <summary>Adds and publishes. Returns how many were not taken, because there are too many already.</summary>
    public async Task<int> AddAsync(IEnumerable<Revocation> revocations)
    {
        var refused = 0;
        foreach (var batch in revocations.Chunk(LargestBatch))
        {
            var now = time.GetUtcNow().ToUnixTimeMilliseconds();
            RedisValue[] arguments =
            [
                (byte[])names.RevocationsChannel!, now, options.Value.MaxRevocations, now,
                .. batch.SelectMany(revocation => (RedisValue[])
                    [revocation.Target.ToString(), revocation.Before.ToUnixTimeMilliseconds(), revocation.Until.ToUnixTimeMilliseconds()]),
            ];
            refused += (int)await redis.Database.ScriptEvaluateAsync(
                AddScript, [names.Revocations, names.RevocationEnds, names.RevocationsVersion], arguments, CommandFlags.DemandMaster);
        }

        return refused;
    }

    /// <summary>Reads what was published; null for what a gateway would not have published.</summary>
    public (long Version, Revocation Revocation)? ParseMessage(RedisValue message)
    {
        var text = message.ToString();
        var end = text.IndexOf(' ', StringComparison.Ordinal);
        return end > 0 && long.TryParse(text.AsSpan(0, end), NumberStyles.None, CultureInfo.InvariantCulture, out var version) && Parse(text[(end + 1)..]) is { } revocation
            ? (version, revocation)
            : null;
    }

    private Revocation? Parse(string text)
    {
        try
        {
            if (text.Split(' ', 3) is [var before, var until, var target])
            {
                return new Revocation(RevocationTarget.Parse(target), Time(before), Time(until));
            }
        }
        catch (Exception exception) when (exception is JsonException or FormatException or OverflowException or ArgumentOutOfRangeException)
        {
            // Told below, as any other entry that is none.
        }

        logger.RevocationUnreadable();
        return null;
    }

    private static DateTimeOffset Time(string milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(milliseconds, NumberStyles.None, CultureInfo.InvariantCulture));

    private static string ReadScript()
    {
        using var reader = new StreamReader(typeof(RevocationStore).Assembly.GetManifestResourceStream("revoke.lua")!);
        return reader.ReadToEnd();
    }
}
