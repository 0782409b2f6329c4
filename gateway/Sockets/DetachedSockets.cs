namespace YarpWs.Gateway.Sockets;

/// <summary>
/// Runs sockets whose request is over, so that nothing of the request is held for as long as they live: neither the server's connection nor the
/// proxy's state. Owns what it runs, and logs what fails.
/// </summary>
internal sealed class DetachedSockets(ILogger<DetachedSockets> logger)
{
    private int _count;

    /// <summary>How many have not come to their end, with all that is written down of it.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Begins on this thread, and returns as soon as the socket waits.</summary>
    public void Run(Func<Task> socket)
    {
        // What goes with the request, its trace above all, would be kept by everything that waits.
        using (ExecutionContext.SuppressFlow())
        {
            _ = RunAsync(socket);
        }
    }

    private async Task RunAsync(Func<Task> socket)
    {
        Interlocked.Increment(ref _count);
        try
        {
            await socket();
        }
        catch (Exception exception)
        {
            logger.SocketFailed(exception);
        }
        finally
        {
            Interlocked.Decrement(ref _count);
        }
    }
}
