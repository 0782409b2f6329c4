namespace YarpWs.Gateway.Sockets.Frames;

/// <summary>How a lane has ended.</summary>
internal sealed class LaneEnd
{
    private LaneEnd()
    {
    }

    /// <summary>The end's close frame has gone on; it has nothing more to say (RFC 6455, section 5.5.1).</summary>
    public static LaneEnd Closed { get; } = new();

    /// <summary>The end's connection is over, without a close frame.</summary>
    public static LaneEnd Gone { get; } = new();

    /// <summary>Why the end may not go on; null when it did nothing wrong.</summary>
    public SocketClose? Fault { get; private init; }

    /// <summary>The end has sent what it may not, or too fast; nothing more of it goes on.</summary>
    public static LaneEnd Faulted(SocketClose fault) => new() { Fault = fault };
}
