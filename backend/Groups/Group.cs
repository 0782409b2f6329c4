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
    /// <summary>Members to whom a loop delivers before its others get their turn: a millisecond, at some 10 µs each. More are left to the thread pool.</summary>
    private const int MaxInLoop = 100;

    /// <summary>Members from whom on one system call for all takes clearly less than one for each: 0.86 of it with 8, and 1.13 for one alone.</summary>
    private const int LeastInBatch = 8;

    private readonly GroupKey _key;
    private readonly GroupStreams _streams;
    private readonly HubClock _hubClock;
    private readonly GroupClock _clock;
    private readonly GroupSubscription _subscription;
    private readonly SendBatches _batches;
    private readonly CatchUp _catchUp;
    private readonly BackendMetrics _metrics;
    private readonly ILogger<Group> _logger;

    private readonly Lock _lock = new();
    private readonly GroupMembers _members = new();
    private readonly GroupCursor _cursor = new();
    private long _heard;
    private long _headAtLastAudit;
    private Task _working = Task.CompletedTask;
    private bool _hasComplained;
    private List<Connection>? _spare;

    public Group(
        GroupKey key,
        GroupStreams streams,
        RedisConnection redis,
        RedisNames names,
        CatchUp catchUp,
        BackendMetrics metrics,
        ILogger<Group> logger,
        EventLoops loops,
        SendBatches batches)
    {
        _key = key;
        _streams = streams;
        _hubClock = streams.Clock(key.Hub);
        _clock = streams.Clock(key);
        _subscription = new GroupSubscription(redis, names.Channel(key), HearAsync, loops);
        _batches = batches;
        _catchUp = catchUp;
        _metrics = metrics;
        _logger = logger;
    }

    public GroupKey Key => _key;

    /// <summary>Subscribes, then learns where the group stands. Throws when Redis is away; <see cref="CloseAsync"/> is then still due.</summary>
    public async Task OpenAsync()
    {
        await _subscription.OpenAsync();
        var entrance = await _streams.EnterAsync(_key);
        lock (_lock)
        {
            _cursor.Open(entrance);
            _headAtLastAudit = entrance.Head;
            _heard = Math.Max(_heard, entrance.Head);
            WorkWhenNeeded();
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
    /// Compares with what Redis remembers, and begins to read from the log what pub/sub did not bring. When even what the last audit saw was never heard, and nothing
    /// waits to be, the subscription itself is lost and is made anew. Throws when Redis is away.
    /// </summary>
    /// <param name="wasAway">Whether Redis has come back since the last audit, or is another server.</param>
    public async Task AuditAsync(bool wasAway)
    {
        long last;
        lock (_lock)
        {
            last = _cursor.Last;
        }

        var taken = _clock.Newest;
        var head = await _streams.HeadAsync(_key);
        bool isDeaf;
        lock (_lock)
        {
            if (_cursor.Delivered is null)
            {
                return;
            }

            foreach (var loss in _cursor.Compare(head, last, taken, wasAway))
            {
                Lose(loss);
            }

            isDeaf = !_subscription.IsOpen || (_heard < _headAtLastAudit && !_subscription.IsBehind);
            _headAtLastAudit = head.Position;
            WorkWhenNeeded();
        }

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
        catch (Exception exception) when (RedisFailure.IsRedis(exception))
        {
            // The server drops the subscription with the connection that was lost.
            _logger.UnsubscribeFailed(exception, _key);
        }

        await _working;
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

        Saw(entry);
        var idle = BeginDelivery();
        try
        {
            lock (_lock)
            {
                _heard = Math.Max(_heard, entry.Position);
                if (_cursor.Hear(entry) is Hearing.Deliver)
                {
                    Deliver(entry, idle);
                }

                WorkWhenNeeded();
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

    /// <summary>What is known to be taken, the next publish tells Redis, which may have forgotten it.</summary>
    private void Saw(LogEntry entry)
    {
        _hubClock.Saw(entry.Epoch, entry.Position);
        _clock.Saw(entry.Position);
    }

    /// <summary>A list for the members who are to send. Two are in use while the log is read, otherwise one, again and again.</summary>
    private List<Connection> BeginDelivery() => Interlocked.Exchange(ref _spare, null) ?? [];

    /// <summary>Lets them send, one after the other on this thread, with one system call where that can be had. Not under the lock.</summary>
    private void EndDelivery(List<Connection> idle)
    {
        using (var batch = idle.Count >= LeastInBatch ? _batches.Begin() : null)
        {
            foreach (var member in idle)
            {
                member.Send();
            }
        }

        idle.Clear();
        Volatile.Write(ref _spare, idle);
    }

    /// <summary>Hands an entry to every member who joined before it. Called under the lock.</summary>
    private void Deliver(LogEntry entry, List<Connection> idle)
    {
        _members.Enqueue(entry, idle);
        _metrics.MessageDelivered(_members.Count);
    }

    /// <summary>Starts to ask the log, or to tell it, when there is something and nobody does yet. Called under the lock.</summary>
    private void WorkWhenNeeded()
    {
        if ((_cursor.IsBehind || _cursor.HasDoubt || _cursor.HasReminder) && _working.IsCompleted)
        {
            _working = Task.Run(WorkAsync);
        }
    }

    /// <summary>Reads what is missing, judges what is doubtful, and tells Redis what it has forgotten, until there is nothing of that left.</summary>
    private async Task WorkAsync()
    {
        _metrics.CatchUpStarted();
        try
        {
            while (true)
            {
                long? since;
                LogDoubt? doubt = null;
                LogSkip? reminder = null;
                long last;
                lock (_lock)
                {
                    last = _cursor.Last;
                    since = _cursor.IsBehind ? _cursor.Delivered : null;
                    if (since is null)
                    {
                        doubt = _cursor.TryTakeDoubt(out var taken) ? taken : null;
                        reminder = doubt is null && _cursor.TryTakeReminder(out var skip) ? skip : null;
                    }

                    if (since is null && doubt is null && reminder is null)
                    {
                        // Whoever hears the next message sees this task completed only after the lock is free again.
                        _working = Task.CompletedTask;
                        return;
                    }
                }

                await (since is not null ? ReadAsync(since.Value) : doubt is not null ? JudgeAsync(doubt.Value, last) : RemindAsync(reminder!.Value));
            }
        }
        catch (Exception exception) when (RedisFailure.IsRedis(exception))
        {
            // The audit tries again once Redis is back.
            _logger.CatchUpFailed(exception, _key);
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    /// <summary>One page of what is missing.</summary>
    private async Task ReadAsync(long since)
    {
        await WaitForRoomAsync(_catchUp.RoomFor());
        await _catchUp.ReadAsync(_key, since, async page =>
        {
            await WaitForRoomAsync(_catchUp.RoomFor(page.Bytes));
            Deliver(page, since);
        });
    }

    private Task WaitForRoomAsync(long bytes)
    {
        lock (_lock)
        {
            return _catchUp.WaitForRoomAsync(_members.WithoutRoomFor(bytes));
        }
    }

    private void Deliver(LogPage page, long since)
    {
        var idle = BeginDelivery();
        try
        {
            lock (_lock)
            {
                foreach (var entry in page.Entries)
                {
                    Saw(entry);
                    var isNext = _cursor.TryRead(entry, page.Head, out var loss);
                    Lose(loss);
                    if (isNext)
                    {
                        Deliver(entry, idle);
                    }
                }

                if (page.Entries.Count == 0)
                {
                    Lose(_cursor.ReadNothing(since, page.Head));
                }
            }
        }
        finally
        {
            EndDelivery(idle);
        }
    }

    private async Task JudgeAsync(LogDoubt doubt, long last)
    {
        var isJudged = false;
        try
        {
            var entrance = await _streams.EnterAsync(_key);
            await _catchUp.ReadAsync(_key, doubt.From - 1, page =>
            {
                lock (_lock)
                {
                    Lose(_cursor.Resolve(doubt, page, last, entrance.Now));
                }

                isJudged = true;
                return Task.CompletedTask;
            });
        }
        finally
        {
            if (!isJudged)
            {
                lock (_lock)
                {
                    _cursor.Doubt(doubt);
                }
            }
        }
    }

    private async Task RemindAsync(LogSkip reminder)
    {
        var isTold = false;
        try
        {
            await _streams.RememberAsync(_key, reminder);
            isTold = true;
            _logger.RedisReminded(_key, reminder.Missing, reminder.Entry);
        }
        finally
        {
            if (!isTold)
            {
                lock (_lock)
                {
                    _cursor.Remind(reminder);
                }
            }
        }
    }

    /// <summary>
    /// Messages are lost to members: they are told, by being closed. Nothing else decides so, and it is decided by the log, not by what was heard. Called under the lock.
    /// </summary>
    private void Lose(Loss? loss)
    {
        if (loss is { } lost && _members.Close(CloseCode.MessagesLost, joinedBefore: lost.UpTo) is > 0 and var count)
        {
            _logger.MessagesLost(_key, count, lost.Explanation, lost.Delivered, lost.Epoch, lost.UpTo, lost.LogHead);
            _metrics.MessagesLost();
        }
    }

    /// <summary>A bug in the delivery of one message: whoever may have missed it is told, and the group goes on behind it.</summary>
    private void Fail(Exception exception)
    {
        _logger.DeliveryFailed(exception, _key);
        lock (_lock)
        {
            _cursor.Skip();
            _members.Close(CloseCode.InternalError);
        }
    }
}
