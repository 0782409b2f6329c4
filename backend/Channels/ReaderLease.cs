using YarpWs.Backend.Redis;

namespace YarpWs.Backend.Channels;

/// <summary>
/// Makes one node of the system the reader of what Django sends: two would put the messages of one sender into a log in another order. A reader that dies is followed by
/// another after <see cref="Lifetime"/>. Not for several threads.
/// </summary>
internal sealed class ReaderLease(ChannelNames names, RedisConnection redis, TimeProvider time)
{
    /// <summary>How long Redis keeps it for a reader that says nothing.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);

    /// <summary>How often it is renewed, and asked for by those who do not have it.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly RedisScript _hold = RedisScript.OfResources("hold.lua");
    private long? _asked;

    /// <summary>Who this node is among the readers.</summary>
    public string Holder { get; } = Guid.NewGuid().ToString("N");

    /// <summary>
    /// Whether Redis keeps it still, by this node's own clock: counted from before it was asked, so that it ends here before it ends there. For what is heard only now
    /// because this process stood still.
    /// </summary>
    public bool IsHeld => _asked is { } asked && time.GetElapsedTime(asked) < Lifetime;

    /// <summary>Takes it, or keeps it. False when another node has it. Throws when Redis is away.</summary>
    public async Task<bool> TryHoldAsync()
    {
        var asked = time.GetTimestamp();
        var isHeld = (long)await _hold.EvaluateAsync(redis.Database, [names.Lease], [Holder, (long)Lifetime.TotalMilliseconds]) == 1;
        _asked = isHeld ? asked : null;
        return isHeld;
    }

    /// <summary>Keeps it; returns when it is lost, and throws when that is because Redis is away.</summary>
    public async Task HoldAsync(CancellationToken cancellationToken)
    {
        do
        {
            await Task.Delay(Interval, time, cancellationToken);
        }
        while (await TryHoldAsync());
    }

    /// <summary>Gives it back, so that the next reader need not wait. Throws when Redis is away.</summary>
    public Task ReleaseAsync()
    {
        _asked = null;
        return redis.Database.LockReleaseAsync(names.Lease, Holder);
    }
}
