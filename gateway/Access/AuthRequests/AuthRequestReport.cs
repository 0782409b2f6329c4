using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Access.AuthRequests;

/// <summary>
/// Counts the answers to the questions of routes, and tells the operator of those that decide nothing: once when it begins, and once, with the number, by the first answer after it has been quiet for a
/// while. Any thread may call it.
/// </summary>
internal sealed class AuthRequestReport(GatewayMetrics metrics, TimeProvider time, ILogger<AuthRequestReport> logger)
{
    /// <summary>As many as there are routes.</summary>
    private readonly Episodes<string> _failures = new(time);

    private volatile bool _isFailing;

    public void Answered(string route, bool letsIn)
    {
        metrics.CheckAnswered(route, letsIn ? "known" : "refused");
        if (_isFailing)
        {
            foreach (var (failed, times, duration) in _failures.End())
            {
                logger.AuthRequestFailsNoMore(failed, Episode.Quiet, times, duration);
            }

            _isFailing = _failures.All().Count > 0;
        }
    }

    public void Failed(string route, string cause, string remedy)
    {
        metrics.CheckAnswered(route, "none");
        if (_failures.Add(route))
        {
            logger.AuthRequestFails(route, cause, remedy);
        }

        _isFailing = true;
    }
}
