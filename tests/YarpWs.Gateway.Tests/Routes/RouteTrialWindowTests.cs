using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using YarpWs.Gateway.Routes;
using YarpWs.Gateway.Routes.Balancing;
using YarpWs.Gateway.Routes.Text;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Tests.Routes.Checks;

namespace YarpWs.Gateway.Tests.Routes;

/// <summary>How long a change is judged, by a clock of the test's own.</summary>
public sealed class RouteTrialWindowTests
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly RouteTally _tally = new();
    private readonly RouteTrial _trial;
    private int _number = 1;

    public RouteTrialWindowTests() => _trial = new RouteTrial(_tally, Options.Create(new RoutesOptions { TrialWindow = Window, TrialRequests = 5, TrialFailures = 0.5 }), _time);

    [Fact]
    public void Change_WhoseWindowPassesQuietly_Stays_WhateverFailsAfterwards()
    {
        _trial.Begin(Revision("/a"), Content("/b"), Plan("/a", "/b"));
        Fail(4);
        _time.Advance(Window);
        Fail(100);

        Assert.Null(_trial.Verdict());
    }

    [Fact]
    public void Change_ThatFailsAtTheEndOfItsWindow_IsStillJudged()
    {
        _trial.Begin(Revision("/a"), Content("/b"), Plan("/a", "/b"));
        _time.Advance(Window - TimeSpan.FromSeconds(1));
        Fail(5);

        Assert.Equal("5 of 5 requests on r failed within 59 s of the change, 0 % before it", _trial.Verdict());
    }

    [Fact]
    public void Change_ThatOutlivedItsWindow_IsWhatTheNextOneGoesBackTo()
    {
        _trial.Begin(Revision("/a"), Content("/b"), Plan("/a", "/b"));
        _time.Advance(Window);
        var outlived = Revision("/b");
        _trial.Begin(outlived, Content("/c"), Plan("/b", "/c"));

        Assert.Same(outlived, _trial.Proven);
    }

    [Fact]
    public void ChangeOfAChangeOnTrial_GoesBackToWhatWasBeforeBoth()
    {
        var before = Revision("/a");
        _trial.Begin(before, Content("/b"), Plan("/a", "/b"));
        _time.Advance(Window - TimeSpan.FromSeconds(1));
        _trial.Begin(Revision("/b"), Content("/c"), Plan("/b", "/c"));
        Fail(5);

        Assert.Same(before, _trial.Proven);
        Assert.NotNull(_trial.Verdict());
    }

    [Fact]
    public void SecondChangeOnTrial_IsMeasuredByWhatWasBeforeTheFirst()
    {
        _trial.Begin(Revision("/a"), Content("/b"), Plan("/a", "/b"));
        Fail(4);
        _trial.Begin(Revision("/b"), Content("/c"), Plan("/b", "/c"));
        Fail(5);

        Assert.Equal("5 of 5 requests on r failed within 0 s of the change, 0 % before it", _trial.Verdict());
    }

    [Fact]
    public void SecondChange_ThatTouchesNothingOfTheFirst_StillAnswersForIt()
    {
        var before = Revision("/a");
        _trial.Begin(before, Content("/b"), Plan("/a", "/b"));
        _trial.Begin(Revision("/b"), Content("/b"), Plan("/b", "/b"));
        Fail(5);

        Assert.Same(before, _trial.Proven);
        Assert.NotNull(_trial.Verdict());
    }

    [Fact]
    public void ClientThatAsksForMuch_CountsOnce()
    {
        _trial.Begin(Revision("/a"), Content("/b"), Plan("/a", "/b"));
        for (ulong client = 1; client <= 6; client++)
        {
            _tally.Count("r", new ClientKey(null, null, client), DestinationFailure.NoAnswer);
        }

        // A thousand good answers to one do not make up for the failures of all others.
        for (var request = 0; request < 1000; request++)
        {
            _tally.Count("r", new ClientKey(null, null, 7), DestinationFailure.None);
        }

        Assert.NotNull(_trial.Verdict());
    }

    [Fact]
    public async Task Verdict_WhileTrialsBeginAndEnd_IsAlwaysWhole()
    {
        var (revision, content, plan) = (Revision("/a"), Content("/b"), Plan("/a", "/b"));
        Fail(5);
        using var stop = new CancellationTokenSource();
        var asking = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                _trial.Verdict();
            }
        }, TestContext.Current.CancellationToken);
        for (var turn = 0; turn < 20_000 && !asking.IsCompleted; turn++)
        {
            _trial.Begin(revision, content, plan);
            _trial.End();
        }

        await stop.CancelAsync();
        await asking.WaitAsync(Deadline.Token());
    }

    private void Fail(int count)
    {
        for (var request = 0; request < count; request++)
        {
            _tally.Count("r", default, DestinationFailure.NotReached);
        }
    }

    private RouteRevision Revision(string path) => new(_number++, Content(path), _time.GetUtcNow(), RouteMeans.File, new RoutePlan([], 0), Why: null);

    private static RoutePlan Plan(string before, string after) => RoutePlan.Between(Content(before), Content(after), new SocketTable());

    private static CheckedRoutes Content(string path) => Diagnosis.Read(
        $"{{ 'ReverseProxy': {{ 'Routes': {{ 'r': {{ 'ClusterId': 'c', 'Match': {{ 'Path': '{path}/{{**rest}}' }} }} }}, 'Clusters': {{ 'c': {{ 'Destinations': {{ 'a': {{ 'Address': 'http://a:1' }} }} }} }} }} }}");
}
