using Microsoft.Extensions.Options;
using YarpWs.Gateway.Routes.Text;
using YarpWs.Gateway.Sockets;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes;

/// <summary>
/// The routes that run. They change as a whole or not at all, one change at a time. A change by itself touches no live socket: the proxy
/// keeps what did not change, and a socket keeps the connection that it has.
/// </summary>
internal sealed class RouteTable(
    CheckedRoutes start,
    RouteFiles files,
    RouteReader reader,
    RouteJudge judge,
    RoutePublisher publisher,
    RouteTrial trial,
    RouteMetrics metrics,
    SocketTable sockets,
    IOptions<RoutesOptions> options,
    TimeProvider time,
    ILogger<RouteTable> logger) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly OtherSettings _others = new(start);
    private volatile RouteState _state = First(start, time.GetUtcNow());
    private volatile string _seen = start.Text.Hash;
    private string? _takenBack;

    public RouteState State => _state;

    /// <summary>Has those who will use them look at the routes that the gateway starts with.</summary>
    /// <exception cref="RefusedSettingsException">They find errors.</exception>
    public async Task CheckStartAsync() => _state = First((await judge.JudgeAsync(start)).OrThrow(), time.GetUtcNow());

    /// <summary>The files as they would be with another text for the settings file.</summary>
    public RouteText TextOf(byte[] settings) => files.ReadWith(settings);

    /// <summary>Reads and checks. Changes nothing.</summary>
    public Task<CheckedRoutes> CheckAsync(RouteText text) => judge.JudgeAsync(reader.Read(text));

    /// <summary>What a configuration would change of the one that runs.</summary>
    public RoutePlan PlanOf(CheckedRoutes content) => RoutePlan.Between(_state.Content, content, sockets);

    /// <summary>Whether this text has been looked at already, and was taken, refused or taken back.</summary>
    public bool HasSeen(RouteText text) => text.Hash == _seen;

    /// <summary>
    /// Takes what changed files say, if all of it is good and they still say it. What was taken back is not taken again before something else was.
    /// </summary>
    public Task ApplyAsync(RouteText text, CancellationToken cancellation) => ApplyAsync(text, isOrdered: false, cancellation);

    /// <summary>
    /// As <see cref="ApplyAsync(RouteText, CancellationToken)"/>, by order: what was refused is looked at once more, since what it names may be there now, and what
    /// becomes of the files is said in any case.
    /// </summary>
    public Task ReloadAsync(RouteText text, CancellationToken cancellation) => ApplyAsync(text, isOrdered: true, cancellation);

    /// <summary>
    /// Takes another text for the settings file, if all of it is good, and writes it there. Returns what was read and what it has changed; when
    /// it was refused, the reasons, and no plan.
    /// </summary>
    /// <exception cref="IOException">The file cannot be written; nothing has changed.</exception>
    public async Task<(CheckedRoutes Content, RoutePlan? Plan)> ReplaceAsync(byte[] settings, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            var content = await CheckAsync(files.ReadWith(settings));
            if (content.HasErrors)
            {
                metrics.Refused(RouteMeans.Request);
                return (content, null);
            }

            files.Write(content.Text);
            _seen = content.Text.Hash;
            content = await TakeAsync(content, RouteMeans.Request);
            return (content, content.HasErrors ? null : _state.Running.Plan);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>
    /// Goes back to a revision, and writes its files. It was good once, and what it names outside of ReverseProxy does not change while the
    /// process lives. Returns why the files could not be written, null when they are: the revision runs in either case.
    /// </summary>
    public async Task<string?> GoBackAsync(RouteRevision revision, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            await RunAsync(revision.Content, RouteMeans.Rollback, $"back to revision {revision.Number}, by order of the operator");
            trial.End();
            string? unwritten = null;
            try
            {
                files.Write(revision.Content.Text);
            }
            catch (IOException exception)
            {
                unwritten = exception.Message;
            }

            // Whatever stands in the files now was left there knowingly.
            _seen = files.Read().Hash;
            return unwritten;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Goes back if the change on trial fails. Its files stay as they are, and are not applied again until they change.</summary>
    public async Task JudgeTrialAsync(CancellationToken cancellation)
    {
        if (trial.Verdict() is null)
        {
            return;
        }

        await _one.WaitAsync(cancellation);
        try
        {
            if (trial is { Proven: { } proven } && trial.Verdict() is { } why)
            {
                var failed = _state.Running;
                await RunAsync(proven.Content, RouteMeans.Failures, $"{failed.Content.Text.Hash} was taken back: {why}");
                logger.RoutesTakenBack(failed.Content.Text.Hash, proven.Content.Text.Hash, why);
                _takenBack = failed.Content.Text.Hash;
                trial.End();
            }
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task ApplyAsync(RouteText text, bool isOrdered, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            // What was read before a request or a rollback wrote the files is no change of theirs: taken, it would undo what the operator has just done.
            var hasSeen = HasSeen(text);
            if ((hasSeen && !isOrdered) || files.Read().Hash != text.Hash)
            {
                return;
            }

            _seen = text.Hash;
            if (text.Hash == _state.Content.Text.Hash)
            {
                _state = _state with { Refused = null };
                logger.FilesAreWhatRuns(text.Hash);
            }
            else if (text.Hash == _takenBack)
            {
                logger.FilesWereTakenBack(text.Hash, _state.Content.Text.Hash);
            }
            else if (hasSeen && _state.Refused?.Content.Text.Hash != text.Hash)
            {
                logger.FilesWereLeft(text.Hash, _state.Content.Text.Hash);
            }
            else
            {
                await TakeAsync(await CheckAsync(text), RouteMeans.File);
            }
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<CheckedRoutes> TakeAsync(CheckedRoutes content, RouteMeans means)
    {
        content = content.HasErrors ? content : await RunAsync(content, means, why: null);
        if (content.HasErrors)
        {
            _state = _state with { Refused = new(content, time.GetUtcNow()) };
            metrics.Refused(means);
            logger.RoutesRefused(content.Text.Hash, _state.Content.Text.Hash, string.Join(" | ", content.Diagnostics));
        }
        else
        {
            _takenBack = null;
        }

        return content;
    }

    private async Task<CheckedRoutes> RunAsync(CheckedRoutes content, RouteMeans means, string? why)
    {
        var before = _state;
        var plan = PlanOf(content);
        if (await publisher.PublishAsync(content, before.Content) is { } failure)
        {
            return content with { Diagnostics = [.. content.Diagnostics, new(Severity.Error, null, "ReverseProxy", failure.Message)] };
        }

        var revision = new RouteRevision(before.Running.Number + 1, content, time.GetUtcNow(), means, plan, why);
        _state = new RouteState(revision, [revision, .. before.History.Take(options.Value.HistoryLength - 1)], Refused: null);
        trial.Begin(before.Running, content, plan);
        metrics.Applied(means);
        if (means != RouteMeans.Failures)
        {
            logger.RoutesApplied(content.Text.Hash, content.Routes.Count, content.Clusters.Count, means.ToString());
        }

        foreach (var warning in content.Diagnostics.Except(before.Content.Diagnostics))
        {
            logger.RouteWarning(warning);
        }

        if (_others.HaveChanged(content))
        {
            logger.SettingsWaitForARestart();
        }

        return content;
    }

    private static RouteState First(CheckedRoutes content, DateTimeOffset now)
    {
        var revision = new RouteRevision(1, content, now, RouteMeans.Start, new RoutePlan([], 0), Why: null);
        return new RouteState(revision, [revision], Refused: null);
    }
}
