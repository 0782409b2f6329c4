namespace YarpWs.Gateway.Edge;

/// <summary>Plain requests since the start, and handshakes that were refused, for the admin page. Any thread may count and look.</summary>
internal sealed class RequestCounts
{
    private long _answered;
    private long _failed;

    /// <summary>All that have their answer.</summary>
    public long Answered => Volatile.Read(ref _answered);

    /// <summary>Those of them that were answered 500 or more.</summary>
    public long Failed => Volatile.Read(ref _failed);

    public void Count(int status)
    {
        Interlocked.Increment(ref _answered);
        if (status >= StatusCodes.Status500InternalServerError)
        {
            Interlocked.Increment(ref _failed);
        }
    }
}
