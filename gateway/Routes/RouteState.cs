namespace YarpWs.Gateway.Routes;

/// <summary>What runs, since when and by what means, and what was refused since: null once something good was taken.</summary>
internal sealed record RouteState(CheckedRoutes Running, DateTimeOffset Since, RouteMeans Means, RefusedRoutes? Refused);

internal sealed record RefusedRoutes(CheckedRoutes Content, DateTimeOffset At);

/// <summary>How routes came to run.</summary>
internal enum RouteMeans
{
    /// <summary>They stood in the files when the gateway started.</summary>
    Start,

    /// <summary>A file was changed.</summary>
    File,
}
