namespace YarpWs.Gateway.Sockets.Draining;

/// <summary>
/// Catches sockets whose handshake was under way when it was decided that sockets like them should go. Whoever decides so says it first and looks
/// into the table then; here a socket stands in the table first and asks then. One of the two sees the other.
/// </summary>
internal sealed class LateSockets(ShutdownDrain shutdown, DrainedDestinations drained, RemovedSockets removed)
{
    /// <summary>A socket stands in the table now.</summary>
    public void Opened(LiveSocket socket)
    {
        shutdown.Opened(socket);
        drained.Opened(socket);
        removed.Opened(socket);
    }
}
