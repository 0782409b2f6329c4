using System.Collections.Concurrent;
using YarpWs.Backend.Channels;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Redis;
using YarpWs.Backend.Streams;
using YarpWs.Backend.Telemetry;
using YarpWs.Platform.Transport;

namespace YarpWs.Backend.Groups;

/// <summary>The groups that have a member on this node. A group is subscribed to with its first member and forgotten with its last.</summary>
internal sealed class GroupDirectory(
    GroupStreams streams, RedisConnection redis, RedisNames names, CatchUp catchUp, ChannelMemberships channels, BackendMetrics metrics, ILoggerFactory loggers, EventLoops loops,
    SendBatches batches)
{
    private readonly ConcurrentDictionary<GroupKey, Entry> _groups = new();
    private readonly ILogger<Group> _logger = loggers.CreateLogger<Group>();

    /// <summary>The groups of this node at this moment.</summary>
    public IReadOnlyList<Group> Groups => [.. _groups.Values.Select(entry => entry.Group)];

    /// <summary>
    /// Makes the connection a member: when this returns it gets every message that is published from now on, and none older.
    /// Throws what <see cref="RedisFailure"/> knows when Redis is away; the connection is then no member. A connection joins a group once.
    /// </summary>
    public async Task JoinAsync(GroupKey key, Connection member)
    {
        var entry = await EnterAsync(key);
        try
        {
            await entry.Opened;

            // Read after the subscription stands: what is newer than this will be heard.
            var entrance = await streams.EnterAsync(key);
            entry.Group.Add(member, entrance.Position);
        }
        catch
        {
            await ExitAsync(key, entry);
            throw;
        }
    }

    /// <summary>Ends a membership that <see cref="JoinAsync"/> began. Nothing is offered to the connection afterwards.</summary>
    public async Task LeaveAsync(GroupKey key, Connection member)
    {
        if (_groups.TryGetValue(key, out var entry))
        {
            entry.Group.Remove(member);
            await ExitAsync(key, entry);
        }
    }

    /// <summary>Whether the group has a member on any node: a node listens to just the groups that its members are in.</summary>
    public async Task<bool> ExistsAsync(GroupKey key) => await redis.CountSubscriptionsAsync(names.Channel(key)) > 0;

    private async Task<Entry> EnterAsync(GroupKey key)
    {
        while (true)
        {
            var entry = _groups.GetOrAdd(key, NewEntry);
            if (entry.TryEnter())
            {
                return entry;
            }

            // Its last member just left. Two subscriptions to one channel must not overlap, so the old one ends first.
            await entry.Closed;
        }
    }

    private async Task ExitAsync(GroupKey key, Entry entry)
    {
        if (entry.Exit())
        {
            try
            {
                await entry.CloseAsync();
            }
            finally
            {
                _groups.TryRemove(KeyValuePair.Create(key, entry));
                entry.SetClosed();
            }
        }
    }

    private Entry NewEntry(GroupKey key) => new(new Group(key, streams, redis, names, catchUp, metrics, _logger, loops, batches), channels);

    /// <summary>A group and how many are in it or on their way in. The first one opens it; once the last one left, nobody enters any more.</summary>
    private sealed class Entry(Group group, ChannelMemberships channels)
    {
        private readonly Lock _lock = new();
        private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Task? _opened;
        private int _count;
        private bool _isClosing;

        public Group Group => group;

        public Task Opened => _opened!;

        public Task Closed => _closed.Task;

        public bool TryEnter()
        {
            lock (_lock)
            {
                if (_isClosing)
                {
                    return false;
                }

                _count++;
                _opened ??= OpenAsync();
                return true;
            }
        }

        public bool Exit()
        {
            lock (_lock)
            {
                return _isClosing = --_count == 0;
            }
        }

        public async Task CloseAsync()
        {
            // When opening failed, whoever joined was told.
            await Opened.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await channels.LeaveAsync(group.Key);
            await group.CloseAsync();
        }

        /// <summary>Django is told last, so that what it sends from then on is heard.</summary>
        private async Task OpenAsync()
        {
            await group.OpenAsync();
            await channels.EnterAsync(group.Key);
        }

        public void SetClosed() => _closed.SetResult();
    }
}
