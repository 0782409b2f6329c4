namespace YarpWs.Gateway.Sockets;

/// <summary>
/// One open WebSocket: where it goes, and what has passed. <see cref="FromClient"/> belongs to the task that copies towards the backend,
/// <see cref="FromBackend"/> to whoever may write to the client at the moment; both are read by others only after the copying has ended.
/// </summary>
internal sealed class LiveSocket(string route, string destination, long openedAt)
{
    private int _closer;

    public string Route { get; } = route;

    public string Destination { get; } = destination;

    /// <summary>A timestamp of the <see cref="TimeProvider"/>.</summary>
    public long OpenedAt { get; } = openedAt;

    public FrameScanner FromClient { get; } = new();

    public FrameScanner FromBackend { get; } = new();

    public Closer Closer => (Closer)Volatile.Read(ref _closer);

    /// <summary>The code of the first close frame; null when the connection was cut.</summary>
    public int? CloseCode => Closer switch
    {
        Closer.Client => FromClient.CloseCode,
        Closer.Backend => FromBackend.CloseCode,
        Closer.Gateway => GoodbyeFrame.Code,
        _ => null,
    };

    public void ClosedBy(Closer closer) => Interlocked.CompareExchange(ref _closer, (int)closer, (int)Closer.None);
}
