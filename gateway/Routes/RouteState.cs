using YarpWs.Gateway.Routes.Text;

namespace YarpWs.Gateway.Routes;

/// <summary>How routes came to run.</summary>
internal enum RouteMeans
{
    /// <summary>They stood in the files when the gateway started.</summary>
    Start,

    /// <summary>A file was changed.</summary>
    File,

    /// <summary><c>POST /routes</c>.</summary>
    Request,

    /// <summary><c>POST /routes/rollback</c>.</summary>
    Rollback,

    /// <summary>The routes before them failed more requests than they may.</summary>
    Failures,
}

/// <summary>A configuration that runs or ran. The same content that comes back is another revision.</summary>
/// <param name="Number">Counts from 1 with the start of the process.</param>
/// <param name="Content">What it says.</param>
/// <param name="Since">When it came to run.</param>
/// <param name="Means">How.</param>
/// <param name="Plan">What it changed of the one before it.</param>
/// <param name="Why">The reason, where a person or the gateway went back to it; else null.</param>
internal sealed record RouteRevision(int Number, CheckedRoutes Content, DateTimeOffset Since, RouteMeans Means, RoutePlan Plan, string? Why);

internal sealed record RefusedRoutes(CheckedRoutes Content, DateTimeOffset At);

/// <summary>What runs, what ran before it (the latest first, and the running one among them), and what was refused since.</summary>
/// <param name="Running">What runs now.</param>
/// <param name="History">Bounded by <see cref="RoutesOptions.HistoryLength"/>.</param>
/// <param name="Refused">Null once something good was taken.</param>
internal sealed record RouteState(RouteRevision Running, IReadOnlyList<RouteRevision> History, RefusedRoutes? Refused)
{
    public CheckedRoutes Content => Running.Content;

    /// <summary>Finds a revision by its number, or the latest with a hash that begins so. Null when it is gone, or never was.</summary>
    public RouteRevision? Find(string revision) =>
        History.FirstOrDefault(one => one.Number.ToString(System.Globalization.CultureInfo.InvariantCulture) == revision)
        ?? (revision.Length >= 4 ? History.FirstOrDefault(one => one.Content.Text.Hash.StartsWith(revision, StringComparison.OrdinalIgnoreCase)) : null);
}
