namespace YarpWs.Gateway.Requests;

/// <summary>Requests since the start, for the admin page and for routes that tell them; of those that are answered the plain ones, as handshakes are counted by themselves. Any thread may count and look.</summary>
internal sealed class RequestCounts
{
    private long _begun;
    private long _ended;
    private long _answered;
    private long _failed;

    /// <summary>All that have come, handshakes too.</summary>
    public long Begun => Volatile.Read(ref _begun);

    /// <summary>Those of them that are under way; a socket that is open is not.</summary>
    public long UnderWay => Math.Max(0, Begun - Volatile.Read(ref _ended));

    /// <summary>Plain ones that have their answer.</summary>
    public long Answered => Volatile.Read(ref _answered);

    /// <summary>Those of them that were answered 500 or more.</summary>
    public long Failed => Volatile.Read(ref _failed);

    public void Begin() => Interlocked.Increment(ref _begun);

    public void End() => Interlocked.Increment(ref _ended);

    public void Count(int status)
    {
        Interlocked.Increment(ref _answered);
        if (status >= StatusCodes.Status500InternalServerError)
        {
            Interlocked.Increment(ref _failed);
        }
    }
}
