namespace YarpWs.Gateway.Sockets.Frames;

internal static class ConnectionLost
{
    /// <summary>Whether a read or a write failed because nobody is at the other end any more, or because this end was given up meanwhile.</summary>
    public static bool Is(Exception exception) =>
        exception is IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException;
}
