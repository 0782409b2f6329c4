using System.Diagnostics;
using System.Net;
using YarpWs.Benchmarks.Peers;

namespace YarpWs.Benchmarks.Load;

/// <summary>Groups of WebSockets whose first members publish, driven from one thread. Every member must hear every message once, in order.</summary>
internal sealed class GroupLoad : IDisposable
{
    private const int MessageBytes = 64;

    private readonly Epoll _epoll = new();
    private readonly GroupMember[] _members;
    private readonly GroupMember[] _publishers;
    private readonly int[] _ready = new int[512];

    /// <summary>Opens all members, spread over these entrances.</summary>
    public GroupLoad(IReadOnlyList<IPEndPoint> servers, IGroupDialect dialect, int groups, int membersEach)
    {
        _members = new GroupMember[groups * membersEach];
        _publishers = new GroupMember[groups];
        for (var number = 0; number < groups; number++)
        {
            var name = $"group{number}";
            var (before, after) = dialect.Sent(name);
            var group = new GroupUnderLoad(membersEach, new NumberedMessage(MessageBytes, number, before, after));
            for (var member = 0; member < membersEach; member++)
            {
                var index = (number * membersEach) + member;
                var server = servers[index % servers.Count];
                var wire = WireSocket.OpenWebSocket(server, dialect.Handshake(server, name, index), 512);
                dialect.Join(wire, name);
                _members[index] = new GroupMember(wire, group, dialect);
                _epoll.Watch(wire.Socket, index);
            }

            _publishers[number] = _members[number * membersEach];
        }

        Thread.Sleep(dialect.Settling);
    }

    public int Members => _members.Length;

    /// <summary>One message in each group.</summary>
    public LoadResult RunOnce() => RunFor(TimeSpan.Zero);

    /// <summary>In each group the next message is published as soon as all members have heard the last. Units are deliveries.</summary>
    public LoadResult RunFor(TimeSpan duration)
    {
        var latency = new LatencyHistogram();
        var started = Stopwatch.GetTimestamp();
        foreach (var publisher in _publishers)
        {
            publisher.Group.Publish(publisher.Wire, Stopwatch.GetTimestamp());
        }

        var patience = new Patience("message");
        for (var busy = _publishers.Length; busy > 0;)
        {
            var count = 0;
            foreach (var index in WaitForMembers(Patience.Step))
            {
                var member = _members[index];
                var received = member.Receive(latency, Stopwatch.GetTimestamp());
                count += received;
                if (received == 0 || !member.Group.IsQuiet)
                {
                    continue;
                }

                if (Stopwatch.GetElapsedTime(started) < duration)
                {
                    var publisher = PublisherOf(index);
                    publisher.Group.Publish(publisher.Wire, Stopwatch.GetTimestamp());
                }
                else
                {
                    busy--;
                }
            }

            patience.Look(count);
        }

        return new LoadResult(latency.Count, Stopwatch.GetElapsedTime(started), latency);
    }

    /// <summary>So many deliveries per second in all, published at their times, one group after the other; latency counts from that time.</summary>
    public LoadResult RunAtRate(double deliveriesPerSecond, TimeSpan duration)
    {
        var latency = new LatencyHistogram();
        var membersEach = _members.Length / _publishers.Length;
        var interval = Stopwatch.Frequency * membersEach / deliveriesPerSecond;
        var publishes = (long)Math.Ceiling(deliveriesPerSecond / membersEach * duration.TotalSeconds);
        var started = Stopwatch.GetTimestamp();
        var patience = new Patience("message");
        for (long sent = 0; latency.Count < publishes * membersEach;)
        {
            for (var now = Stopwatch.GetTimestamp(); sent < publishes && started + (long)(sent * interval) <= now; sent++)
            {
                var publisher = _publishers[sent % _publishers.Length];
                publisher.Group.Publish(publisher.Wire, started + (long)(sent * interval));
            }

            var next = sent < publishes
                ? TimeSpan.FromSeconds(Math.Max(0, started + (sent * interval) - Stopwatch.GetTimestamp()) / Stopwatch.Frequency)
                : Patience.Step;
            var count = 0;
            foreach (var index in WaitForMembers(next))
            {
                count += _members[index].Receive(latency, Stopwatch.GetTimestamp());
            }

            patience.Look(count);
        }

        return new LoadResult(latency.Count, Stopwatch.GetElapsedTime(started), latency);
    }

    public void Dispose()
    {
        foreach (var member in _members)
        {
            member.Dispose();
        }

        _epoll.Dispose();
    }

    private GroupMember PublisherOf(int member) => _publishers[member / (_members.Length / _publishers.Length)];

    private ReadOnlySpan<int> WaitForMembers(TimeSpan timeout) => _ready.AsSpan(0, _epoll.Wait(_ready, timeout));
}
