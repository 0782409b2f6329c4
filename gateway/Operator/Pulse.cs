namespace YarpWs.Gateway.Operator;

/// <summary>The numbers of one moment. Messages, bytes, handshakes, requests and processor time are since the start, and never fall; the page makes rates of them.</summary>
internal sealed record PulseSample
{
    public required DateTimeOffset At { get; init; }

    /// <summary>Open now.</summary>
    public required int Sockets { get; init; }

    /// <summary>Those of them whose end has begun.</summary>
    public required int Closing { get; init; }

    public required long MessagesIn { get; init; }

    public required long MessagesOut { get; init; }

    public required long BytesIn { get; init; }

    public required long BytesOut { get; init; }

    /// <summary>Handshakes that became sockets.</summary>
    public required long Accepted { get; init; }

    /// <summary>Handshakes that did not.</summary>
    public required long Refused { get; init; }

    /// <summary>Plain requests, and refused handshakes, that have their answer.</summary>
    public required long Requests { get; init; }

    /// <summary>Those of them that were answered 500 or more.</summary>
    public required long Failures { get; init; }

    /// <summary>Seconds that half of the clients' last pings took at most; null while there are none.</summary>
    public required double? RoundTrip { get; init; }

    /// <summary>Seconds that 99 of 100 of them took at most.</summary>
    public required double? SlowRoundTrip { get; init; }

    /// <summary>Seconds of processor time.</summary>
    public required double Cpu { get; init; }

    /// <summary>Bytes of memory that the process holds now.</summary>
    public required long Memory { get; init; }

    /// <summary>Seconds that what was ready had to wait for its turn, the longest since the sample before.</summary>
    public required double Delay { get; init; }
}

/// <summary>What the operator's page shows, once a second.</summary>
/// <param name="Now">The newest point of its charts.</param>
/// <param name="IsReady">Whether the gateway can serve.</param>
/// <param name="Parts">Each part by name: "ready", or what is wrong with it.</param>
/// <param name="Refusals">Refused handshakes since the start, by reason.</param>
/// <param name="Closes">Sockets that ended since the start, by close code and who closed.</param>
/// <param name="Destinations">All of them.</param>
/// <param name="Revision">The number of the routes that run.</param>
/// <param name="HasRefusedRoutes">Whether newer ones were refused since.</param>
/// <param name="LimitsAtWork">How many limits something goes beyond.</param>
internal sealed record Pulse(
    PulseSample Now,
    bool IsReady,
    IReadOnlyDictionary<string, string> Parts,
    IReadOnlyDictionary<string, long> Refusals,
    IReadOnlyDictionary<string, long> Closes,
    IReadOnlyList<DestinationView> Destinations,
    int Revision,
    bool HasRefusedRoutes,
    int LimitsAtWork);
