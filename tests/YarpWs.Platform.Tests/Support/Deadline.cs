namespace YarpWs.Tests.Support;

/// <summary>The longest that a test waits for anything: long enough to tell what hangs from what a busy machine has not come to yet.</summary>
internal static class Deadline
{
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(1);

    public static CancellationToken Token()
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(Xunit.TestContext.Current.CancellationToken);
        source.CancelAfter(Length);
        return source.Token;
    }
}
