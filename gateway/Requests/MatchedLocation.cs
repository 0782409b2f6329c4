namespace YarpWs.Gateway.Requests;

/// <summary>The location that a request was led to, and what it has matched. Among the features of requests to routes that are locations.</summary>
/// <param name="Path">The normalized path (<see cref="NormalizedPath"/>).</param>
/// <param name="PrefixLength">How much of it the location's own text is; 0 where an expression was matched.</param>
/// <param name="Captures">What the location's expression has caught; null without one.</param>
/// <param name="HostCaptures">What the expression of the server's name has caught; null without one.</param>
/// <param name="RelativeRedirects">Whether redirects to the slash of a path name no host.</param>
internal sealed record MatchedLocation(string Path, int PrefixLength, Captures? Captures, Captures? HostCaptures, bool RelativeRedirects);
