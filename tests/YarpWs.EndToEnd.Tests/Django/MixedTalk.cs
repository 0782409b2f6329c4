using Xunit;
using YarpWs.EndToEnd.Tests.Storm;

namespace YarpWs.EndToEnd.Tests.Django;

/// <summary>What the senders of a <see cref="MixedRoom"/> say: numbers, one after the other.</summary>
internal sealed class MixedTalk(MixedRoom room)
{
    public const string View = "view";

    /// <summary>Of one sender, messages that not every member has heard yet. All of them together stay below what Django lets wait for a process, so that it drops none.</summary>
    private const int Window = 12;

    /// <summary>What was not heard by then was dropped, or the machine is busy: it is said once more either way.</summary>
    private static readonly TimeSpan DropIsKnown = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, int> _said = [];

    /// <summary>The last number of each sender.</summary>
    public IReadOnlyDictionary<string, int> Said => _said;

    /// <summary>Numbers of which the sender does not know whether they were sent.</summary>
    public HashSet<(string Sender, int Number)> Unsure { get; } = [];

    /// <summary>Each of these says so many, and goes on only as these members hear it. Returns when they have heard all.</summary>
    public Task SayToAllAsync(IReadOnlyCollection<string> senders, IReadOnlyCollection<MixedMember> members, int count) =>
        Task.WhenAll(senders.Select(sender => SayToAllAsync(sender, members, count)));

    /// <summary>
    /// Each of these says something, again and again, until these members have heard it. Then nothing waits any more for a process of Django that was behind: while as much
    /// does as its layer has room for, it drops what comes.
    /// </summary>
    public async Task SayUntilHeardAsync(IReadOnlyCollection<string> senders, IReadOnlyCollection<MixedMember> members)
    {
        var deadline = Deadline.Token();
        foreach (var sender in senders)
        {
            while (!await IsHeardAsync(sender, members))
            {
                deadline.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>Each of these says something at a rate, whoever hears it, until it is told to stop.</summary>
    public Task SayAtARateAsync(IReadOnlyCollection<string> senders, TimeSpan period, Pace pace, CancellationToken stop)
    {
        var numbers = new object();
        return Task.WhenAll(senders.Select(async sender =>
        {
            using var turns = pace.Every(period);
            try
            {
                while (await turns.WaitForNextTickAsync(stop))
                {
                    var number = Next(sender);
                    if (!await SayAsync(sender, number))
                    {
                        lock (numbers)
                        {
                            Unsure.Add((sender, number));
                        }
                    }
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // Told to.
            }
        }));
    }

    /// <summary>What a sender has said, up to the last that this member heard of it, and this member has not heard.</summary>
    public IReadOnlyList<int> Lost(string sender, MixedMember member)
    {
        var heard = member.Heard.GetValueOrDefault(sender, []);
        return [.. Enumerable.Range(1, heard.DefaultIfEmpty().Max()).Except(heard).Where(number => !Unsure.Contains((sender, number)))];
    }

    private async Task<bool> IsHeardAsync(string sender, IReadOnlyCollection<MixedMember> members)
    {
        var number = Next(sender);
        var left = members.Count;
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Hear(string from, int what)
        {
            if ((from, what) == (sender, number) && Interlocked.Decrement(ref left) == 0)
            {
                heard.TrySetResult();
            }
        }

        foreach (var member in members)
        {
            member.Hears += Hear;
        }

        try
        {
            Assert.True(await SayAsync(sender, number), $"{sender} could not say {number}.");
            await heard.Task.WaitAsync(DropIsKnown);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            foreach (var member in members)
            {
                member.Hears -= Hear;
            }
        }
    }

    private async Task SayToAllAsync(string sender, IReadOnlyCollection<MixedMember> members, int count)
    {
        using var window = new SemaphoreSlim(Window);
        var hearers = new Dictionary<int, int>();
        var first = Last(sender);
        void Hear(string from, int number)
        {
            lock (hearers)
            {
                if (from == sender && number > first && (hearers[number] = hearers.GetValueOrDefault(number) + 1) == members.Count)
                {
                    window.Release();
                }
            }
        }

        foreach (var member in members)
        {
            member.Hears += Hear;
        }

        for (var i = 0; i < count + Window; i++)
        {
            if (!await window.WaitAsync(Deadline.Length))
            {
                throw new TimeoutException($"{sender} has said {Last(sender)}, and of {first + 1} and on {string.Join(", ", members.Select(Lacks))}.");
            }

            // At the end until all of them have heard its last.
            if (i < count && !await SayAsync(sender, Next(sender)))
            {
                throw new IOException($"{sender} could not say {Last(sender)}; of the members {string.Join(", ", members.Select(member => $"{member.Name} ended {string.Join(", ", member.Ends)}"))}.");
            }
        }

        foreach (var member in members)
        {
            member.Hears -= Hear;
        }

        string Lacks(MixedMember member)
        {
            var heard = member.Heard.GetValueOrDefault(sender, []).Where(number => number > first).ToList();
            return $"{member.Name} lacks [{string.Join(' ', Enumerable.Range(first + 1, Last(sender) - first).Except(heard))}] and has doubled [{string.Join(' ', heard.GroupBy(number => number).Where(same => same.Count() > 1).Select(same => same.Key))}]";
        }
    }

    private Task<bool> SayAsync(string sender, int number) => sender == View
        ? room.PushAsync($"{View}-{number}")
        : room.Members.Single(member => member.Name == sender).SayAsync(number);

    private int Next(string sender)
    {
        lock (_said)
        {
            return _said[sender] = _said.GetValueOrDefault(sender) + 1;
        }
    }

    private int Last(string sender)
    {
        lock (_said)
        {
            return _said.GetValueOrDefault(sender);
        }
    }
}
