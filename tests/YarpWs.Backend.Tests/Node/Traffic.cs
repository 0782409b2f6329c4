using System.Collections.Concurrent;
using YarpWs.Backend.Messages;

namespace YarpWs.Backend.Tests.Node;

/// <summary>
/// Messages that are published on and on through every node to one group, and a journal of what a member on each node hears of them. A member that is
/// closed comes back at once, as a client would.
/// </summary>
internal sealed class Traffic
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Patience = Deadline.Length;

    private readonly GroupKey _group;
    private readonly ConcurrentQueue<string> _taken = new();
    private readonly List<Task> _publishing = [];
    private readonly List<Task> _listening = [];
    private readonly List<Journal> _journals = [];
    private readonly TestNode[] _nodes;
    private volatile bool _isStopped;

    private Traffic(GroupKey group, TestNode[] nodes)
    {
        _group = group;
        _nodes = nodes;
    }

    /// <summary>When this returns there is a member on each node, and messages are on their way.</summary>
    public static async Task<Traffic> StartAsync(GroupKey group, params TestNode[] nodes)
    {
        var traffic = new Traffic(group, nodes);
        foreach (var node in nodes)
        {
            var journal = new Journal();
            traffic._journals.Add(journal);
            traffic._listening.Add(traffic.ListenAsync(node, await node.JoinAsync(group), journal));
        }

        traffic._publishing.AddRange(nodes.Select((node, i) => Task.Run(() => traffic.PublishAsync(node, i))));
        return traffic;
    }

    /// <summary>Waits until so many more messages were taken.</summary>
    public async Task GoOnAsync(int messages)
    {
        var enough = _taken.Count + messages;
        using var deadline = new CancellationTokenSource(Patience);
        while (_taken.Count < enough)
        {
            await Task.Delay(Pause, deadline.Token);
        }
    }

    /// <summary>Ends it with a last message that every member hears, and says what became of the others.</summary>
    public async Task<TrafficResult> StopAsync()
    {
        _isStopped = true;
        await Task.WhenAll(_publishing);
        await _nodes[0].PublishAsync(_group, "end", Patience);
        await Task.WhenAll(_listening);

        var taken = _taken.ToHashSet();
        var results = _journals.Select(journal => new TrafficResult(
            taken.Count,
            taken.Except(journal.Heard).Count(),
            journal.Heard.Count - journal.Heard.Distinct().Count(),
            journal.Heard.GroupBy(text => text.Split(' ')[0]).Sum(sender => sender.Zip(sender.Skip(1)).Count(two => Number(two.First) >= Number(two.Second))),
            journal.Closed));
        return results.Aggregate((all, one) => new TrafficResult(
            all.Taken, all.Lost + one.Lost, all.Doubled + one.Doubled, all.Disordered + one.Disordered, all.Closed + one.Closed));
    }

    private static int Number(string text) => text == "end" ? int.MaxValue : int.Parse(text.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);

    private async Task PublishAsync(TestNode node, int sender)
    {
        for (var i = 0; !_isStopped; i++)
        {
            await node.PublishAsync(_group, $"{sender} {i}", Patience);
            _taken.Enqueue($"{sender} {i}");
            await Task.Delay(Pause);
        }
    }

    private async Task ListenAsync(TestNode node, TestConnection member, Journal journal)
    {
        while (true)
        {
            while (await member.Client.ReadFrameAsync("a message, or its end") is { Opcode: Opcode.Text } frame)
            {
                journal.Heard.Add(frame.Text);
                if (frame.Text == "end")
                {
                    await member.DisposeAsync();
                    await node.LeaveAsync(_group, member);
                    return;
                }
            }

            journal.Closed++;
            await member.DisposeAsync();
            await node.LeaveAsync(_group, member);
            member = await RejoinAsync(node);
        }
    }

    private async Task<TestConnection> RejoinAsync(TestNode node)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (true)
        {
            await node.Health.WaitUntilUpAsync(deadline.Token);
            try
            {
                return await node.JoinAsync(_group);
            }
            catch (Exception exception) when (exception is StackExchange.Redis.RedisException or TimeoutException && !deadline.IsCancellationRequested)
            {
                await Task.Delay(Pause, deadline.Token);
            }
        }
    }

    private sealed class Journal
    {
        public List<string> Heard { get; } = [];

        public int Closed { get; set; }
    }
}

/// <summary>What became of the messages of <see cref="Traffic"/>, over all its members.</summary>
/// <param name="Taken">Messages that Redis has taken.</param>
/// <param name="Lost">Of these, the ones that a member did not hear, counted for each member.</param>
/// <param name="Doubled">Heard again by the same member.</param>
/// <param name="Disordered">Heard by a member after a later one of the same sender.</param>
/// <param name="Closed">Times that a member was closed.</param>
internal sealed record TrafficResult(int Taken, int Lost, int Doubled, int Disordered, int Closed);
