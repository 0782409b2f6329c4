using System.Collections.Concurrent;

namespace YarpWs.Gateway.Sockets.Draining;

/// <summary>The drains that run, each in a loop of its own until its last socket is over. They end with the process.</summary>
internal sealed class Drains(ILogger<Drains> logger) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<Drain, Run> _running = new();

    /// <summary>Sockets that wait for their turn, for each cause.</summary>
    public IEnumerable<(DrainCause Cause, int Waiting)> Waiting =>
        Enum.GetValues<DrainCause>().Select(cause => (cause, _running.Where(drain => drain.Value.Cause == cause).Sum(drain => drain.Key.Progress.Waiting)));

    /// <summary>Begins a drain.</summary>
    /// <param name="cause">What for.</param>
    /// <param name="subject">What is drained, for the log.</param>
    /// <param name="drain">It may have sockets already.</param>
    /// <param name="sockets">More of them.</param>
    public void Begin(DrainCause cause, string subject, Drain drain, IEnumerable<LiveSocket> sockets)
    {
        drain.Add(sockets);
        var progress = drain.Progress;
        logger.DrainBegun(subject, progress.Total, progress.PerSecond, drain.Plan.Close.Code, progress.SecondsLeft);
        var run = new Run(cause);
        _running[drain] = run;
        run.Loop = RunAsync(drain, subject, run.Stop.Token);
    }

    /// <summary>Lets those stay whose turn has not come. Nothing when it has ended.</summary>
    public void Stop(Drain drain)
    {
        if (_running.TryRemove(drain, out var run))
        {
            run.Stop.Cancel();
        }
    }

    public void StopAll()
    {
        foreach (var drain in _running.Keys)
        {
            Stop(drain);
        }
    }

    public async ValueTask DisposeAsync()
    {
        var loops = _running.Values.Select(run => run.Loop).ToList();
        StopAll();
        await Task.WhenAll(loops);
    }

    private async Task RunAsync(Drain drain, string subject, CancellationToken stop)
    {
        try
        {
            await drain.TellAllAsync(stop);
            await drain.WaitForEndsAsync(stop);
            logger.DrainEnded(subject);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            logger.DrainStopped(subject, drain.Progress.Left);
        }
        finally
        {
            _running.TryRemove(drain, out _);
        }
    }

    private sealed class Run(DrainCause cause)
    {
        public DrainCause Cause { get; } = cause;

        public CancellationTokenSource Stop { get; } = new();

        public Task Loop { get; set; } = Task.CompletedTask;
    }
}
