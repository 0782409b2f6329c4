namespace YarpWs.Gateway.Sockets.Limits;

/// <summary>Holds one client to its rates, between two reads of its lane. Belongs to that lane.</summary>
internal sealed class ClientPace(MessageLimits limits, LiveSocket socket, TimeProvider time)
{
    /// <summary>
    /// How often a client that is held back is looked at: an end of its socket is not held back. Half of the shortest Sockets:PingInterval,
    /// so that it is never pinged meanwhile.
    /// </summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    private long _messages;
    private long _bytes;

    /// <summary>
    /// Waits as long as the client has to, and returns how to close its socket when it is to be closed instead. It is not held against
    /// the client that nothing is heard of it while nothing is read.
    /// </summary>
    public async ValueTask<SocketClose?> KeepAsync()
    {
        var frames = socket.Client.Frames;
        var verdict = limits.Passed(frames.Messages - _messages, frames.Bytes - _bytes, time.GetTimestamp());
        (_messages, _bytes) = (frames.Messages, frames.Bytes);
        for (var left = verdict.Wait; left > TimeSpan.Zero && !socket.IsEnding; left -= Look)
        {
            await Task.Delay(left < Look ? left : Look, time);
            socket.Client.Liveness.Heard();
        }

        return verdict.Close;
    }
}
