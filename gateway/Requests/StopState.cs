namespace YarpWs.Gateway.Requests;

/// <summary>Whether anything new is let in. The host is told to stop first; nothing new is let in when Shutdown:Delay has passed. Any thread may ask.</summary>
internal sealed class StopState
{
    private volatile bool _isClosed;

    /// <summary>Whether nothing new is let in.</summary>
    public bool IsClosed => _isClosed;

    public void Close() => _isClosed = true;
}
