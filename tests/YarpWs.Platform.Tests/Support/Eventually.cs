namespace YarpWs.Tests.Support;

/// <summary>Waits for what no event here tells: it is looked for until it is so, with pauses that leave the processor to those who make it so.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <param name="isSo">Asked anew each time. A server that does not answer is one that is not so yet.</param>
    /// <param name="what">What is waited for.</param>
    /// <param name="deadline">How long at most.</param>
    /// <param name="explain">What to add when it does not come; may throw when it cannot come any more.</param>
    public static async Task IsAsync(Func<CancellationToken, Task<bool>> isSo, string what, TimeSpan deadline, Func<string>? explain = null)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(Xunit.TestContext.Current.CancellationToken);
        waiting.CancelAfter(deadline);
        using var again = new PeriodicTimer(Interval);
        try
        {
            while (!await AskAsync(isSo, waiting.Token))
            {
                await again.WaitForNextTickAsync(waiting.Token);
            }
        }
        catch (OperationCanceledException) when (!Xunit.TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Waited {deadline.TotalSeconds} s for {what}. {explain?.Invoke()}");
        }
    }

    /// <summary>The pause before the next look, of who looks by themselves.</summary>
    public static Task AgainAsync(CancellationToken cancellationToken) => Task.Delay(Interval, cancellationToken);

    private static async Task<bool> AskAsync(Func<CancellationToken, Task<bool>> isSo, CancellationToken cancellationToken)
    {
        try
        {
            return await isSo(cancellationToken);
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
