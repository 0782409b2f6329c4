using System.Globalization;
using System.Text;
using Microsoft.IdentityModel.Tokens;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.EndToEnd.Tests.Storm.Judging;

namespace YarpWs.EndToEnd.Tests.Storm;

/// <summary>
/// One storm: a system that runs, clients who talk, and blow after blow of the script, each followed by a roll call. Ends after its time, or as soon as a roll
/// call is not answered; then the judge has the word.
/// </summary>
internal sealed class StormRun(int seed, TimeSpan duration, StormRedis redis, TimeProvider time, Action<string> tell) : IAsyncDisposable
{
    private const int Groups = 3;
    private const int MembersPerGroup = 4;

    /// <summary>Twelve members and three pushers: some hundred messages a second, and four deliveries of each.</summary>
    private static readonly TimeSpan MemberPeriod = TimeSpan.FromMilliseconds(150);

    private static readonly TimeSpan PusherPeriod = TimeSpan.FromMilliseconds(200);

    /// <summary>Longer than any retry of the system's takes, on a machine that does many other things: who is not heard by then is not heard.</summary>
    private static readonly TimeSpan RollCallDeadline = TimeSpan.FromMinutes(2);

    /// <summary>How often it is looked whether this process runs when it wants to, and how late that may be.</summary>
    private static readonly TimeSpan Alarm = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(50);

    /// <summary>What nodes printed for this long before the story of a wrong belongs to it.</summary>
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(3);

    private readonly Pace _pace = new(time);
    private readonly List<Journal> _journals = [];
    private readonly List<Episode> _episodes = [];
    private StormCluster? _cluster;

    /// <summary>Runs the storm and has it judged. Fails only where no storm could be made.</summary>
    public async Task<Judgement> RunAsync(CancellationToken cancellationToken)
    {
        _cluster = new StormCluster(redis, _pace);
        await _cluster.StartAsync();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var clients = StartClients(over.Token);
        try
        {
            await StrikeAsync(cancellationToken);
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll(clients);
        }

        return Judge.Decide(_journals, _episodes);
    }

    /// <summary>What a failed run leaves: the script so far, the shortest story of each wrong with what the nodes printed meanwhile, and the newest that the processes did.</summary>
    public string Tell(Judgement judgement)
    {
        var report = new StringBuilder();
        report.AppendLine(CultureInfo.InvariantCulture, $"The storm with the seed {seed} did harm.").Append(judgement.Table());
        foreach (var wrong in judgement.Findings.GroupBy(finding => finding.Wrong))
        {
            var shortest = wrong.MinBy(finding => finding.Story.Count)!;
            var story = shortest.Story.Concat(shortest.Story.Count == 0 ? [] : _cluster!.PrintedBetween(shortest.Story[0].At - Before, shortest.Story[^1].At)).OrderBy(entry => entry.At);
            report.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"{wrong.Key}: {shortest.Sentence}").AppendJoin(Environment.NewLine, story).AppendLine();
        }

        return report.AppendLine().Append(_cluster!.Output()).ToString();
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    private List<Task> StartClients(CancellationToken over)
    {
        var gateways = _cluster!.GatewayLinks.Select(link => link.Address).ToList();
        var clients = new List<Task>();
        for (var index = 0; index < Groups * (MembersPerGroup + 1); index++)
        {
            var isMember = index < Groups * MembersPerGroup;
            var journal = new Journal($"{(isMember ? "m" : "p")}{index:00}", $"storm{index % Groups}", isMember);
            var token = Tokens.Sign(journal.Client, ["webpubsub.sendToGroup"], new SymmetricSecurityKey(Tokens.Key), expiresIn: TimeSpan.FromDays(1));
            _journals.Add(journal);
            clients.Add(isMember
                ? new Member(journal, gateways, token, MemberPeriod, new Chance(seed + index), _pace).RunAsync(index / Groups % gateways.Count, over)
                : new Pusher(journal, gateways, token, PusherPeriod, _pace).RunAsync(over));
        }

        return clients;
    }

    private async Task StrikeAsync(CancellationToken cancellationToken)
    {
        var calm = new Episode("calm", [], _pace.Now);
        _episodes.Add(calm);
        await WaitForCalmAsync(calm);
        foreach (var blow in Schedule.Of(seed, [.. ProcessFaults.All, .. redis.Faults]))
        {
            if (calm.Calm is null || _pace.Now > duration)
            {
                return;
            }

            await _pace.PassAsync(blow.Quiet, cancellationToken);
            var faults = blow.Faults.Select(struck => struck.Fault).ToList();
            calm = new Episode(string.Join(" + ", faults.Select(fault => fault.Name)), Fault.ClosesOf(faults), _pace.Now);
            _episodes.Add(calm);
            tell($"{calm.Began.TotalSeconds,7:0.0} s  {calm}");
            var striking = Task.WhenAll(blow.Faults.Select(async struck =>
            {
                await _pace.PassAsync(struck.After, cancellationToken);
                await struck.Fault.StrikeAsync(_cluster!, cancellationToken);
            }));
            if (await IsLateAsync(striking))
            {
                calm.MayEndAsWell(faults.Select(fault => fault.Closes));
            }

            await striking;
            await WaitForCalmAsync(calm);
        }
    }

    /// <summary>
    /// Whether this process was kept waiting until the blow was over. Then so were the nodes, and could not do in time what has to be done within the tenths of a
    /// second between the announcement of a failover and the failover.
    /// </summary>
    private async Task<bool> IsLateAsync(Task striking)
    {
        var isLate = false;
        while (!striking.IsCompleted)
        {
            var set = _pace.Now;
            await _pace.PassAsync(Alarm, CancellationToken.None);
            isLate |= _pace.Now - set > Alarm + Tolerance;
        }

        return isLate;
    }

    /// <summary>Until all processes are ready and every client hears every other; where that does not come, the episode stays without calm.</summary>
    private async Task WaitForCalmAsync(Episode episode)
    {
        await _cluster!.WaitUntilReadyAsync();
        episode.Healed = _pace.Now;
        try
        {
            await Eventually.IsAsync(
                _ => Task.FromResult(_journals.GroupBy(journal => journal.Group).All(group => !RollCall.Missing([.. group], episode.Healed.Value).Any())),
                "every client to hear every other",
                RollCallDeadline);
            episode.Calm = _pace.Now;
        }
        catch (TimeoutException)
        {
            tell("Not everybody hears everybody.");
        }
    }
}
