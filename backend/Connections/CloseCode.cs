using System.Net.WebSockets;

namespace YarpWs.Backend.Connections;

/// <summary>
/// Every way in which this server ends a connection: the client's API, as PROTOCOL.md tells it. <see cref="Name"/> is the tag in
/// metrics. Numbers below 4000 are those of RFC 6455 section 7.4.1 and of the IANA registry that it founded.
/// </summary>
internal sealed record CloseCode
{
    private CloseCode(int number, string name, string reason, bool mayReturn)
    {
        Number = number;
        Name = name;
        Reason = reason;
        MayReturn = mayReturn;
    }

    /// <summary>The connection ended as the client asked; its own code is echoed.</summary>
    public static CloseCode ClosedByClient { get; } = new(1000, "closed_by_client", "", mayReturn: true);

    /// <summary>Bytes that are no WebSocket frames, or frames where none may be. Text that is not UTF-8 is answered with 1007 and counted here too.</summary>
    public static CloseCode ProtocolError { get; } = new(1002, "protocol_error", "", mayReturn: false);

    public static CloseCode RateExceeded { get; } = new(1008, "rate_exceeded", "too many messages per second", mayReturn: true);

    public static CloseCode MessageTimeout { get; } = new(1008, "message_timeout", "the message did not end in time", mayReturn: true);

    public static CloseCode MessageTooBig { get; } = new(1009, "message_too_big", "the message is too big", mayReturn: false);

    public static CloseCode InvalidMessage { get; } = new(1011, "invalid_message", "not a message of this protocol", mayReturn: false);

    /// <summary>A bug of the server's; its log has the exception.</summary>
    public static CloseCode InternalError { get; } = new(1011, "internal_error", "the server failed", mayReturn: true);

    public static CloseCode ServiceRestart { get; } = new(1012, "service_restart", "the server restarts, come back", mayReturn: true);

    public static CloseCode TryAgainLater { get; } = new(1013, "try_again_later", "a message could not be sent on, come back later", mayReturn: true);

    public static CloseCode TooSlow { get; } = new(4001, "too_slow", "the client reads too slowly", mayReturn: true);

    public static CloseCode MessagesLost { get; } = new(4002, "messages_lost", "messages were lost, reload", mayReturn: true);

    /// <summary>The connection broke: nothing was received that ends it, and nothing can be sent.</summary>
    public static CloseCode Broken { get; } = new(1006, "broken", "", mayReturn: true);

    public static IReadOnlyList<CloseCode> All { get; } =
    [
        ClosedByClient, ProtocolError, Broken, RateExceeded, MessageTimeout, MessageTooBig, InvalidMessage, InternalError, ServiceRestart, TryAgainLater,
        TooSlow, MessagesLost,
    ];

    public int Number { get; }

    public string Name { get; }

    /// <summary>Stands in the close frame; at most 123 bytes of UTF-8 (RFC 6455 section 5.5).</summary>
    public string Reason { get; }

    /// <summary>Whether a client should connect again by itself.</summary>
    public bool MayReturn { get; }

    /// <summary>Whether the client has broken a rule or a limit, so that what it sent behind that is not missed.</summary>
    public bool IsFaultOfClient => this == ProtocolError || this == RateExceeded || this == MessageTimeout || this == MessageTooBig || this == InvalidMessage;

    public WebSocketCloseStatus Status => (WebSocketCloseStatus)Number;

    public override string ToString() => Name;
}
