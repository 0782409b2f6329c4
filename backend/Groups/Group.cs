using StackExchange.Redis;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Redis;
using YarpWs.Backend.Streams;
using YarpWs.Backend.Telemetry;
using YarpWs.Platform.Transport;

namespace YarpWs.Backend.Groups;

/// <summary>
/// The members of one group on this node. However many they are, the group is subscribed to once. What is heard is delivered
/// in the order of positions, each message once; when something was missed, delivery pauses and goes on from the log, so what
/// arrives meanwhile need not be queued.
/// </summary>
/// <remarks>
/// <see cref="_lock"/> guards all state and is never held over an await, nor while something is sent: members' outboxes are filled under it, and
/// sent from afterwards. Its life: created, <see cref="OpenAsync"/> once, any number
/// of members, <see cref="CloseAsync"/> once; the <see cref="GroupDirectory"/> sees to that.
/// </remarks>
internal sealed class Group
{
    /// <summary>Entries read from the log at once: enough to catch up fast, few enough to keep a page of large messages small.</summary>
    private const int PageSize = 100;

    /// <summary>Members to whom a loop delivers before its others get their turn: a millisecond, at some 10 µs each. More are left to the thread pool.</summary>
    private const int MaxInLoop = 100;

    private readonly GroupKey _key;
    private readonly GroupStreams _streams;
    private readonly GroupSubscription _subscription;
    private readonly BackendMetrics _metrics;
    private readonly ILogger<Group> _logger;

    private readonly Lock _lock = new();
    private readonly GroupMembers _members = new();
    private long? _delivered;
    private long _known;
    private long _heard;
    private long _lastHeard;
    private long _headAtLastAudit;
    private Task _catchingUp = Task.CompletedTask;
    private bool _hasComplained;
    private List<Connection>? _spare;

    public Group(
        GroupKey key, GroupStreams streams, RedisConnection redis, RedisNames names, BackendMetrics metrics, ILogger<Group> logger, EventLoops loops)
    {
        _key = key;
        _streams = streams;
        _subscription = new GroupSubscription(redis.Subscriber, names.Channel(key), HearAsync, loops);
        _metrics = metrics;
        _logger = logger;
    }

    public GroupKey Key => _key;

    /// <summary>Subscribes, then learns where the group stands. Throws when Redis is away; <see cref="CloseAsync"/> is then still due.</summary>
    public async Task OpenAsync()
    {
        await _subscription.OpenAsync();
        var head = await _streams.HeadAsync(_key);
        lock (_lock)
        {
            _delivered = _headAtLastAudit = head;
            _heard = Math.Max(_heard, head);
            CatchUpWhenBehind();
        }
    }

    /// <summary>Adds a member who gets what comes after <paramref name="position"/>, and nothing older.</summary>
    public void Add(Connection member, long position)
    {
        lock (_lock)
        {
            _members.Add(member, position);
        }
    }

    public void Remove(Connection member)
    {
        lock (_lock)
        {
            _members.Remove(member);
        }
    }

    /// <summary>
    /// Reads from the log what pub/sub did not bring. When even what the last audit saw was never heard, the subscription
    /// itself is lost and is made anew. Throws when Redis is away.
    /// </summary>
    public async Task AuditAsync()
    {
        long? before;
        lock (_lock)
        {
            before = _delivered;
        }

        var head = await _streams.HeadAsync(_key);
        bool isDeaf;
        Task catchingUp;
        lock (_lock)
        {
            if (_delivered is null)
            {
                return;
            }

            if (head != 0 && head < before)
            {
                GoBack(head);
                return;
            }

            isDeaf = !_subscription.IsOpen || _heard < _headAtLastAudit;
            _headAtLastAudit = head;
            _known = Math.Max(_known, head);
            CatchUpWhenBehind();
            catchingUp = _catchingUp;
        }

        await catchingUp;
        if (isDeaf)
        {
            _metrics.GroupResubscribed();
            await _subscription.RenewAsync();
            lock (_lock)
            {
                // What the old subscription missed says nothing about the new one.
                _heard = Math.Max(_heard, _headAtLastAudit);
            }
        }
    }

    /// <summary>Ends the subscription. Nothing is delivered afterwards. Does not throw when Redis is away.</summary>
    public async Task CloseAsync()
    {
        try
        {
            await _subscription.CloseAsync();
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // The server drops the subscription with the connection that was lost.
            _logger.UnsubscribeFailed(exception, _key);
        }

        await _catchingUp;
    }

    private ValueTask HearAsync(RedisValue published)
    {
        // As many as there were a moment ago will do.
        if (_members.Count > MaxInLoop)
        {
            return new ValueTask(Task.Run(() => Hear(published)));
        }

        Hear(published);
        return ValueTask.CompletedTask;
    }

    private void Hear(RedisValue published)
    {
        if (!LogEntry.TryParse(published, out var entry))
        {
            if (!Interlocked.Exchange(ref _hasComplained, true))
            {
                _logger.EntryNotUnderstood(_key);
            }

            return;
        }

        var idle = BeginDelivery();
        try
        {
            lock (_lock)
            {
                if (entry.Position <= _lastHeard)
                {
                    GoBack(entry.Previous);
                }

                _lastHeard = entry.Position;
                if (entry.Position > _delivered && entry.Previous <= _delivered)
                {
                    Deliver(entry, idle);
                }

                // When something is missing before it, a message is only a hint that there is more to read: the log holds it.
                _heard = Math.Max(_heard, entry.Position);
                _known = Math.Max(_known, entry.Position);
                CatchUpWhenBehind();
            }
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
        finally
        {
            EndDelivery(idle);
        }
    }

    /// <summary>A list for the members who are to send. Two are in use while the log is read, otherwise one, again and again.</summary>
    private List<Connection> BeginDelivery() => Interlocked.Exchange(ref _spare, null) ?? [];

    /// <summary>Lets them send, one after the other on this thread. Not under the lock.</summary>
    private void EndDelivery(List<Connection> idle)
    {
        foreach (var member in idle)
        {
            member.Send();
        }

        idle.Clear();
        Volatile.Write(ref _spare, idle);
    }

    /// <summary>
    /// Redis failed over to a server that had not got everything, and gives positions a second time: what was published since cannot be
    /// told from what was delivered, so every member is told. Called under the lock.
    /// </summary>
    private void GoBack(long head)
    {
        _logger.LogWentBack(_key);
        Lose(upTo: long.MaxValue);
        _delivered = _known = _heard = _headAtLastAudit = head;
        _lastHeard = 0;
    }

    /// <summary>Hands an entry to every member who joined before it. Called under the lock.</summary>
    private void Deliver(LogEntry entry, List<Connection> idle)
    {
        _delivered = entry.Position;
        _members.Enqueue(entry, idle);
        _metrics.MessageDelivered(_members.Count);
    }

    /// <summary>Starts reading the log when something known was not delivered and nobody reads yet. Called under the lock.</summary>
    private void CatchUpWhenBehind()
    {
        if (_delivered < _known && _catchingUp.IsCompleted)
        {
            _catchingUp = Task.Run(CatchUpAsync);
        }
    }

    private async Task CatchUpAsync()
    {
        _metrics.CatchUpStarted();
        try
        {
            while (true)
            {
                long since;
                lock (_lock)
                {
                    if (_delivered >= _known)
                    {
                        // Whoever hears the next message sees this task completed only after the lock is free again.
                        _catchingUp = Task.CompletedTask;
                        return;
                    }

                    since = _delivered!.Value;
                }

                Deliver(await _streams.ReadSinceAsync(_key, since, PageSize), since);
            }
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // The audit tries again once Redis is back.
            _logger.CatchUpFailed(exception, _key);
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    private void Deliver(IReadOnlyList<LogEntry> entries, long since)
    {
        var idle = BeginDelivery();
        try
        {
            lock (_lock)
            {
                foreach (var entry in entries)
                {
                    if (entry.Position <= _delivered)
                    {
                        // Heard in the meantime.
                        continue;
                    }

                    if (entry.Previous > _delivered)
                    {
                        Lose(upTo: entry.Previous);
                    }

                    Deliver(entry, idle);
                }

                if (entries.Count == 0 && _delivered == since)
                {
                    Lose(upTo: _known);
                    _delivered = _known;
                }
            }
        }
        finally
        {
            EndDelivery(idle);
        }
    }

    /// <summary>
    /// The log no longer reaches back to what was delivered last. Members who joined before the gap are told, by being closed.
    /// Called under the lock.
    /// </summary>
    private void Lose(long upTo)
    {
        _logger.MessagesLost(_key);
        _metrics.MessagesLost();
        _members.Close(CloseCode.MessagesLost, joinedBefore: upTo);
    }

    /// <summary>A bug in the delivery of one message: whoever may have missed it is told, and the group goes on behind it.</summary>
    private void Fail(Exception exception)
    {
        _logger.DeliveryFailed(exception, _key);
        lock (_lock)
        {
            _delivered = _known = Math.Max(_known, _heard);
            _members.Close(CloseCode.InternalError);
        }
    }
}
