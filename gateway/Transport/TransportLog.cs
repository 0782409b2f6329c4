using System.Net;

namespace YarpWs.Transport;

/// <summary>What the transport says, in either process; its ids are used by neither for anything else.</summary>
internal static partial class TransportLog
{
    [LoggerMessage(3000, LogLevel.Error,
        "No connection can be accepted on {EndPoint}: {Reason}. Those that come wait; raise the process's limit of open files, or let in fewer connections.")]
    public static partial void NoRoomToAccept(this ILogger logger, EndPoint endPoint, string reason);
}
