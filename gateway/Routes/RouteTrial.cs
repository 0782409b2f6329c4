using System.Globalization;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Routes.Text;

namespace YarpWs.Gateway.Routes;

/// <summary>
/// Whether a change that has been applied may stay. The routes that it touches are compared with themselves before it, so that an outage
/// that was there already takes nothing back. Used by <see cref="RouteTable"/>, one call at a time.
/// </summary>
internal sealed class RouteTrial(RouteTally tally, IOptions<RoutesOptions> options, TimeProvider time)
{
    private readonly RoutesOptions _options = options.Value;
    private long _since;
    private IReadOnlySet<string>? _routes;
    private double _before;

    /// <summary>What to go back to: the latest that outlived its trial. Null until there was a change.</summary>
    public RouteRevision? Proven { get; private set; }

    /// <summary>A change is about to be applied; what ran until now is proven unless it is on trial itself.</summary>
    public void Begin(RouteRevision running, CheckedRoutes next, RoutePlan plan)
    {
        var touched = plan.RoutesIn(next);
        if (IsOn && Proven is not null)
        {
            // A change of a change that is on trial: what both touch is judged, against what was before both.
            touched = touched.Union(_routes!, StringComparer.OrdinalIgnoreCase).ToHashSet(StringComparer.OrdinalIgnoreCase);
        }
        else
        {
            Proven = running;
        }

        _routes = touched;
        _before = tally.Of(_routes).Rate;
        tally.Reset();
        _since = time.GetTimestamp();
    }

    /// <summary>Nothing is on trial: a person chose what runs, or the gateway went back.</summary>
    public void End() => _routes = null;

    /// <summary>Why the change must go; null while it may stay.</summary>
    public string? Verdict()
    {
        if (!IsOn || tally.Of(_routes!) is var counts && (counts.Requests < _options.TrialRequests || counts.Rate - _before < _options.TrialFailures))
        {
            return null;
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{counts.Failures} of {counts.Requests} requests on {string.Join(", ", _routes!.Order(StringComparer.Ordinal).Take(5))} failed within {time.GetElapsedTime(_since).TotalSeconds:F0} s of the change, {_before:P0} before it");
    }

    private bool IsOn => _routes is { Count: > 0 } && time.GetElapsedTime(_since) < _options.TrialWindow;
}
