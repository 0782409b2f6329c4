using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace YarpWs.Gateway.Sockets.Limits;

/// <summary>
/// What may be asked of one route on this gateway: by all, by one user, by one address, and over one socket. Part of the section <c>Sockets</c>.
/// Every limit counts for each route by itself, and none is set by default.
/// </summary>
/// <remarks>
/// A user is the <c>iss</c> and <c>sub</c> of a token; a client without them has no limits per user. An address is the client's behind
/// trusted proxies; over IPv6 it is the /64, which one client has to itself. A gateway counts alone: of two, each lets in as many. What was
/// open before a limit was set is not counted by it.
/// </remarks>
internal abstract record LimitOptions
{
    private const int MostSockets = 10_000_000;

    /// <summary>Whether limits are enforced, or what is beyond them only counted and logged. Default Enforce.</summary>
    public LimitMode Limits { get; init; }

    /// <summary>Sockets open at once; a further handshake is answered 503. Default none.</summary>
    [Range(1, MostSockets)]
    public int? MaxSockets { get; init; }

    /// <summary>Sockets that one user may have open; a further handshake is answered 429. Default none.</summary>
    [Range(1, MostSockets)]
    public int? MaxSocketsPerUser { get; init; }

    /// <summary>Sockets that one address may have open; a further handshake is answered 429. Default none.</summary>
    [Range(1, MostSockets)]
    public int? MaxSocketsPerAddress { get; init; }

    /// <summary>
    /// Handshakes that go to the destinations, each try of one counted, before it is known whether there is one; beyond it the answer is 503, with a Retry-After that spreads
    /// those who come back after a restart. Default none.
    /// </summary>
    public Rate? HandshakesPerSecond { get; init; }

    /// <summary>Handshakes of one user; beyond it the answer is 429. Default none.</summary>
    public Rate? HandshakesPerSecondPerUser { get; init; }

    /// <summary>Handshakes from one address; beyond it the answer is 429. Default none.</summary>
    public Rate? HandshakesPerSecondPerAddress { get; init; }

    /// <summary>
    /// Bytes in one message of a client, all of its fragments together, as they are on the wire: of a compressed message the compressed
    /// ones. A larger one closes the socket with 1009. Default none.
    /// </summary>
    [Range(1, 1 << 30)]
    public int? MaxMessageBytes { get; init; }

    /// <summary>Messages that a client may send over one socket. Default none.</summary>
    public Rate? MessagesPerSecond { get; init; }

    /// <summary>Messages that one user may send over all of its sockets. Default none.</summary>
    public Rate? MessagesPerSecondPerUser { get; init; }

    /// <summary>Messages that may come from one address over all of its sockets. Default none.</summary>
    public Rate? MessagesPerSecondPerAddress { get; init; }

    /// <summary>Bytes on the wire that a client may send over one socket. Default none.</summary>
    public Rate? BytesPerSecond { get; init; }

    /// <summary>Bytes on the wire that one user may send over all of its sockets. Default none.</summary>
    public Rate? BytesPerSecondPerUser { get; init; }

    /// <summary>Bytes on the wire that may come from one address over all of its sockets. Default none.</summary>
    public Rate? BytesPerSecondPerAddress { get; init; }

    /// <summary>
    /// Whether a client that sends too fast is slowed down (nothing is read from it for a while), or closed with 1008; then let the burst of
    /// bytes hold its largest message. Default Delay.
    /// </summary>
    public OverRate OverRate { get; init; }

    /// <summary>The limits that are set, as the settings file says them.</summary>
    internal IEnumerable<(Limit Limit, string Value)> Set =>
        from limit in new (Limit Limit, object? Value)[]
        {
            (Limit.MaxSockets, MaxSockets), (Limit.MaxSocketsPerUser, MaxSocketsPerUser), (Limit.MaxSocketsPerAddress, MaxSocketsPerAddress),
            (Limit.HandshakesPerSecond, HandshakesPerSecond), (Limit.HandshakesPerSecondPerUser, HandshakesPerSecondPerUser), (Limit.HandshakesPerSecondPerAddress, HandshakesPerSecondPerAddress),
            (Limit.MaxMessageBytes, MaxMessageBytes),
            (Limit.MessagesPerSecond, MessagesPerSecond), (Limit.MessagesPerSecondPerUser, MessagesPerSecondPerUser), (Limit.MessagesPerSecondPerAddress, MessagesPerSecondPerAddress),
            (Limit.BytesPerSecond, BytesPerSecond), (Limit.BytesPerSecondPerUser, BytesPerSecondPerUser), (Limit.BytesPerSecondPerAddress, BytesPerSecondPerAddress),
        }
        where limit.Value is not null
        select (limit.Limit, Convert.ToString(limit.Value, CultureInfo.InvariantCulture)!);

    internal bool HasAnyPerUser => this is not
    {
        MaxSocketsPerUser: null, HandshakesPerSecondPerUser: null, MessagesPerSecondPerUser: null, BytesPerSecondPerUser: null,
    };

    internal bool HasAnyPerAddress => this is not
    {
        MaxSocketsPerAddress: null, HandshakesPerSecondPerAddress: null, MessagesPerSecondPerAddress: null, BytesPerSecondPerAddress: null,
    };
}

/// <summary>What is done with what goes beyond a limit.</summary>
internal enum LimitMode
{
    /// <summary>It is refused, slowed down or closed, as the limit says.</summary>
    Enforce,

    /// <summary>Nothing: it is counted and logged as it would have been, to try limits on real clients first.</summary>
    Count,
}

/// <summary>What happens to a client that sends faster than it may.</summary>
internal enum OverRate
{
    /// <summary>Nothing more is read from it until it is back within its rate; what it sends meanwhile waits at its end.</summary>
    Delay,

    /// <summary>Its socket is closed with <see cref="SocketClose.TooFast"/>.</summary>
    Close,
}
