using System.Globalization;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Routes.Text;

namespace YarpWs.Gateway.Routes;

/// <summary>
/// Whether a change that has been applied may stay. The routes that it touches are compared with themselves before it, so that an outage
/// that was there already takes nothing back. <see cref="RouteTable"/> begins and ends trials, one call at a time; any thread may ask.
/// </summary>
internal sealed class RouteTrial(RouteTally tally, IOptions<RoutesOptions> options, TimeProvider time)
{
    private readonly RoutesOptions _options = options.Value;

    /// <summary>Replaced as a whole: it may end while somebody asks.</summary>
    private volatile Trial? _trial;

    /// <summary>What to go back to: the latest that outlived its trial. Null until there was a change.</summary>
    public RouteRevision? Proven { get; private set; }

    /// <summary>A change is about to be applied; what ran until now is proven unless it is on trial itself.</summary>
    public void Begin(RouteRevision running, CheckedRoutes next, RoutePlan plan)
    {
        var touched = plan.RoutesIn(next);
        if (_trial is { } former && IsOn(former))
        {
            // A change of a change that is on trial: what both touch is judged, against what was before both, from now on.
            touched = touched.Union(former.Routes, StringComparer.OrdinalIgnoreCase).ToHashSet(StringComparer.OrdinalIgnoreCase);
            _trial = new Trial(touched, Math.Max(former.Before, tally.Of(touched.Except(former.Routes, StringComparer.OrdinalIgnoreCase)).Rate), time.GetTimestamp());
        }
        else
        {
            Proven = running;
            _trial = new Trial(touched, tally.Of(touched).Rate, time.GetTimestamp());
        }

        tally.Reset();
    }

    /// <summary>Nothing is on trial: a person chose what runs, or the gateway went back.</summary>
    public void End() => _trial = null;

    /// <summary>Why the change must go; null while it may stay.</summary>
    public string? Verdict()
    {
        if (_trial is not { } trial || !IsOn(trial))
        {
            return null;
        }

        var counts = tally.Of(trial.Routes);
        if (counts.Requests < _options.TrialRequests || counts.Rate - trial.Before < _options.TrialFailures)
        {
            return null;
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{counts.Failures} of {counts.Requests} requests on {string.Join(", ", trial.Routes.Order(StringComparer.Ordinal).Take(5))} failed within {time.GetElapsedTime(trial.Since).TotalSeconds:F0} s of the change, {trial.Before:P0} before it");
    }

    private bool IsOn(Trial trial) => trial.Routes.Count > 0 && time.GetElapsedTime(trial.Since) < _options.TrialWindow;

    /// <param name="Routes">Those that the change touches, as they are called in what runs now.</param>
    /// <param name="Before">The share that failed on them before.</param>
    /// <param name="Since">When it came to run.</param>
    private sealed record Trial(IReadOnlySet<string> Routes, double Before, long Since);
}
