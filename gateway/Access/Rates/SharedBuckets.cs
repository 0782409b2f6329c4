using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using YarpWs.Gateway.Redis;

namespace YarpWs.Gateway.Access.Rates;

/// <summary>
/// The buckets of rates that all gateways on one Redis share: what <see cref="LeakyBuckets"/> does in memory one script does there, by the clock of Redis, so that no two gateways let in the same
/// request twice. Redis keeps a hash of a key and forgets its bucket once it is empty; how many there are is bounded by how many keys come in that time. Any thread may call it.
/// </summary>
internal sealed class SharedBuckets(RedisConnection redis, RedisNames names, IOptions<RedisOptions> options, TimeProvider time, ILogger<SharedBuckets> logger)
{
    /// <summary>One request in so long asks a Redis that did not answer, so that the others do not wait for it.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private static readonly string FillScript = ReadScript("fill.lua");
    private static readonly string TakeBackScript = ReadScript("take-back.lua");

    /// <summary>When it did not answer for the first time since it last did; 0 while it answers.</summary>
    private long _failedAt;

    /// <summary>While it does not answer: when it may be asked again.</summary>
    private long _askAgainAt;

    public bool IsConfigured => redis.IsConfigured;

    /// <summary>Fills the bucket of a key by one, unless it would then hold more than the burst. Returns what it holds, or would hold; null while Redis does not answer.</summary>
    /// <param name="zone">Whose bucket it is.</param>
    /// <param name="key">What is counted by itself.</param>
    /// <param name="perSecond">How many leak out in a second.</param>
    /// <param name="burst">How many it may hold.</param>
    public async ValueTask<double?> FillAsync(string zone, string key, double perSecond, int burst)
    {
        if (!MayAsk())
        {
            return null;
        }

        try
        {
            var asked = redis.Database.ScriptEvaluateAsync(FillScript, [NameOf(zone, key)], [perSecond, burst], CommandFlags.DemandMaster);
            Observe(asked);
            var held = (double)await asked.WaitAsync(options.Value.CommandTimeout, time);
            if (Interlocked.Exchange(ref _failedAt, 0) is not 0 and var since)
            {
                logger.RatesSharedAgain(time.GetElapsedTime(since));
            }

            return held;
        }
        catch (Exception exception) when (RedisConnection.IsAway(exception))
        {
            var now = Now();
            Volatile.Write(ref _askAgainAt, now + (long)(Pause.TotalSeconds * time.TimestampFrequency));
            if (Interlocked.CompareExchange(ref _failedAt, now, 0) == 0)
            {
                logger.RatesNotShared();
            }

            return null;
        }
    }

    /// <summary>Takes back one that was filled in. Nobody waits for it, and while Redis is away it stays.</summary>
    public void TakeBack(string zone, string key)
    {
        try
        {
            redis.Database.ScriptEvaluate(TakeBackScript, [NameOf(zone, key)], [], CommandFlags.DemandMaster | CommandFlags.FireAndForget);
        }
        catch (Exception exception) when (RedisConnection.IsAway(exception))
        {
            // One more is counted than came: the next request that is to be counted tells of Redis.
        }
    }

    private bool MayAsk()
    {
        if (Volatile.Read(ref _failedAt) == 0)
        {
            return true;
        }

        var (now, again) = (Now(), Volatile.Read(ref _askAgainAt));
        return now >= again && Interlocked.CompareExchange(ref _askAgainAt, now + (long)(Pause.TotalSeconds * time.TimestampFrequency), again) == again;
    }

    /// <summary>Never 0.</summary>
    private long Now() => Math.Max(1, time.GetTimestamp());

    /// <summary>A key may be a secret, such as a cookie, and as long as a client likes.</summary>
    private RedisKey NameOf(string zone, string key) => names.RateBucket(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{zone}\n{key}")).AsSpan(0, 16)));

    /// <summary>What is not waited for any more may fail later.</summary>
    private static void Observe(Task asked) => _ = asked.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private static string ReadScript(string name)
    {
        using var reader = new StreamReader(typeof(SharedBuckets).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
