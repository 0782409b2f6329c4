using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Access.Logins.External;

/// <summary>Tells the operator of checks that give no answer: once when it begins, and once, with the number, when it has been quiet for a while. Any thread may call it.</summary>
internal sealed class CheckReport(TimeProvider time, ILogger<CheckReport> logger)
{
    /// <summary>As many as there are checks.</summary>
    private readonly Episodes<string> _failures = new(time);

    public void Failed(ExternalCheck check, NoAnswer answer)
    {
        if (_failures.Add(check.Name))
        {
            logger.CheckFails(check.Name, answer.Cause, answer.Remedy, check.Options.Grace);
        }
    }

    /// <summary>Ends what has been quiet.</summary>
    public void Look()
    {
        foreach (var (check, times, duration) in _failures.End())
        {
            logger.CheckFailsNoMore(check, Episode.Quiet, times, duration);
        }
    }
}
