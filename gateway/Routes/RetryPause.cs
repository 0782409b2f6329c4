namespace YarpWs.Gateway.Routes;

/// <summary>How many seconds those are told to stay away whom no destination could serve.</summary>
internal static class RetryPause
{
    /// <summary>Who is told to wait longer has given up.</summary>
    public const int Longest = 30;

    /// <summary>How many may come back in a second: to refuse so many takes a few hundredths of a processor's time.</summary>
    private const double ReturnsPerSecond = 200;

    /// <param name="age">For how long it has been so.</param>
    /// <param name="times">How many have been told.</param>
    /// <param name="random">Gives each a time of its own.</param>
    public static int For(TimeSpan age, long times, Random random)
    {
        var crowd = times / Math.Max(1, age.TotalSeconds) / ReturnsPerSecond;
        return 1 + random.Next((int)Math.Clamp(Math.Max(age.TotalSeconds / 4, crowd), 1, Longest));
    }
}
