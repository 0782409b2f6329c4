namespace YarpWs.Gateway.Requests;

/// <summary>What a request holds while it is under way, and its socket when it outlives the request: a feature of the request.</summary>
internal sealed class HeldPermits
{
    private readonly HeldPermits? _before;
    private Action? _release;
    private bool _isSocket;

    private HeldPermits(Action release, HeldPermits? before) => (_release, _before) = (release, before);

    /// <summary>Adds to what a request holds.</summary>
    public static HeldPermits Add(HttpContext context, Action release)
    {
        var permits = new HeldPermits(release, context.Features.Get<HeldPermits>());
        context.Features.Set(permits);
        return permits;
    }

    /// <summary>Passes all that a request holds on to its socket, which calls what is returned when it is over; null when it holds nothing.</summary>
    public static Action? PassOn(HttpContext context)
    {
        if (context.Features.Get<HeldPermits>() is not { } permits)
        {
            return null;
        }

        for (var one = permits; one is not null; one = one._before)
        {
            one._isSocket = true;
        }

        return permits.ReleaseAll;
    }

    /// <summary>Gives back what no socket has.</summary>
    public void EndRequest()
    {
        if (!_isSocket)
        {
            Release();
        }
    }

    private void ReleaseAll()
    {
        for (var one = this; one is not null; one = one._before)
        {
            one.Release();
        }
    }

    private void Release() => Interlocked.Exchange(ref _release, null)?.Invoke();
}
