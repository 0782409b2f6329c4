using System.Runtime.CompilerServices;
using StackExchange.Redis;
using YarpWs.Backend.Redis;

namespace YarpWs.Backend.Channels;

/// <summary>
/// Makes one node of the system the reader of what Django sends: two would put the messages of one sender into a log in another order. A reader that is killed, or has lost its connection, is followed by
/// another within <see cref="Interval"/>: each is subscribed to a channel of its own, and Redis knows who is. One that stands still is, after <see cref="Lifetime"/>.
/// </summary>
internal sealed class ReaderLease
{
    /// <summary>How long Redis keeps it for a reader that says nothing.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);

    /// <summary>How often it is renewed, and asked for by those who do not have it.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly RedisScript _hold = RedisScript.OfResources("hold.lua");
    private readonly ChannelNames _names;
    private readonly RedisConnection _redis;
    private readonly TimeProvider _time;

    /// <summary>When Redis was last asked by who has it since; null when it is not certain any more.</summary>
    private StrongBox<long>? _asked;

    public ReaderLease(ChannelNames names, RedisConnection redis, TimeProvider time)
    {
        (_names, _redis, _time) = (names, redis, time);

        // While a connection was away another may have taken it.
        redis.Changed += () => Volatile.Write(ref _asked, null);
    }

    /// <summary>Who this node is among the readers.</summary>
    public string Holder { get; } = Guid.NewGuid().ToString("N");

    /// <summary>
    /// Whether Redis keeps it still, by this node's own clock: counted from before it was asked, so that it ends here before it ends there. For what is heard only now
    /// because this process stood still. When false, only <see cref="TryHoldAsync"/> knows.
    /// </summary>
    public bool IsHeld => Volatile.Read(ref _asked) is { } asked && _time.GetElapsedTime(asked.Value) < Lifetime;

    /// <summary>Shows the others, for as long as this node is connected, that it is there. Before it holds the lease for the first time. Throws when Redis is away.</summary>
    public Task ShowAsync() => _redis.Subscriber.SubscribeAsync(_names.Reader(Holder), (_, _) => { });

    /// <summary>Takes it, or keeps it. False when another has it. Throws when Redis is away. Any thread may call.</summary>
    public async Task<bool> TryHoldAsync()
    {
        var asked = new StrongBox<long>(_time.GetTimestamp());
        var isHeld = (long)await _hold.EvaluateAsync(_redis.Database, [_names.Lease], [Holder, (long)Lifetime.TotalMilliseconds, (RedisValue)(string)_names.Reader("")!]) == 1;
        Volatile.Write(ref _asked, isHeld ? asked : null);
        return isHeld;
    }

    /// <summary>Keeps it; returns when it is lost, and throws when that is because Redis is away.</summary>
    public async Task HoldAsync(CancellationToken cancellationToken)
    {
        do
        {
            await Task.Delay(Interval, _time, cancellationToken);
        }
        while (await TryHoldAsync());
    }

    /// <summary>Gives it back, so that the next reader need not wait. Throws when Redis is away.</summary>
    public Task ReleaseAsync()
    {
        Volatile.Write(ref _asked, null);
        return _redis.Database.LockReleaseAsync(_names.Lease, Holder);
    }
}
