namespace YarpWs.Gateway.Routes;

/// <summary>Requests and failures, of one route or of several.</summary>
internal readonly record struct RouteCounts(long Requests, long Failures)
{
    public double Rate => Requests == 0 ? 0 : (double)Failures / Requests;

    public static RouteCounts operator +(RouteCounts left, RouteCounts right) => new(left.Requests + right.Requests, left.Failures + right.Failures);

    public static RouteCounts operator -(RouteCounts left, RouteCounts right) => new(left.Requests - right.Requests, left.Failures - right.Failures);
}
