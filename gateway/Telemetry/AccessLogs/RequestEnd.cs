namespace YarpWs.Gateway.Telemetry.AccessLogs;

/// <summary>What is known of a request, or of a socket, once it is over.</summary>
internal sealed record RequestEnd
{
    public required DateTimeOffset At { get; init; }

    /// <summary>From the request's head to the end of the answer, or of the socket.</summary>
    public required TimeSpan Duration { get; init; }

    public required int Status { get; init; }

    /// <summary>To the client, without the head.</summary>
    public long BytesSent { get; init; }

    /// <summary>From the client, without the head; null where it is not known.</summary>
    public long? BytesReceived { get; init; }

    /// <summary>Whether the client has got all of it.</summary>
    public bool IsComplete { get; init; }

    /// <summary>Null for a plain request.</summary>
    public SocketEnd? Socket { get; init; }
}

/// <summary>How a socket ended.</summary>
/// <param name="CloseCode">Of the first close frame; null when it was cut.</param>
/// <param name="Closer">Who sent that.</param>
/// <param name="MessagesReceived">From the client.</param>
/// <param name="MessagesSent">To the client.</param>
internal sealed record SocketEnd(int? CloseCode, string Closer, long MessagesReceived, long MessagesSent);
