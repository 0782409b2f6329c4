using YarpWs.Backend.Messages;

namespace YarpWs.Backend;

/// <summary>Everything the backend can say. Ids never change meaning; a retired one stays as a comment.</summary>
internal static partial class Log
{
    // 2000–2099 connections, start and stop
    [LoggerMessage(2020, LogLevel.Information, "The room server listens on {Addresses}; its health and metrics are there too.")]
    public static partial void Listening(this ILogger logger, string addresses);

    [LoggerMessage(2000, LogLevel.Debug, "Connection {ConnectionId} opened in group {Group}.")]
    public static partial void ConnectionOpened(this ILogger logger, string connectionId, GroupKey group);

    [LoggerMessage(2001, LogLevel.Debug, "Connection {ConnectionId} closed: {Reason}.")]
    public static partial void ConnectionClosed(this ILogger logger, string connectionId, string reason);

    [LoggerMessage(2002, LogLevel.Debug, "Connection {ConnectionId} takes nothing more; it is being closed.")]
    public static partial void SendingEnded(this ILogger logger, Exception exception, string connectionId);

    [LoggerMessage(2003, LogLevel.Debug, "A client could not join group {Group} and was refused with 503.")]
    public static partial void JoinFailed(this ILogger logger, Exception exception, GroupKey group);

    [LoggerMessage(2010, LogLevel.Information, "Stopping: no new connections; {Count} clients are told to come back elsewhere.")]
    public static partial void DrainStarted(this ILogger logger, int count);

    [LoggerMessage(2011, LogLevel.Information, "Stopping: every client has left.")]
    public static partial void DrainCompleted(this ILogger logger);

    [LoggerMessage(2012, LogLevel.Warning, "Stopping: {Count} clients did not leave before Drain:Deadline and are cut off.")]
    public static partial void DrainCutShort(this ILogger logger, int count);

    [LoggerMessage(2004, LogLevel.Error, "Connection {ConnectionId} is closed with 1011. This is a bug.")]
    public static partial void ConnectionFailed(this ILogger logger, Exception exception, string connectionId);

    [LoggerMessage(2005, LogLevel.Warning, "{Count} messages that connection {ConnectionId} sent before it left were dropped ({Reason}): "
        + "Redis was away for longer than Connections:SendPatience, or this node stopped. The client could not be told.")]
    public static partial void MessagesDropped(this ILogger logger, int count, string connectionId, string reason);

    // 2100–2199 groups and streams
    [LoggerMessage(2100, LogLevel.Debug, "A message to group {Group} was not published.")]
    public static partial void PublishFailed(this ILogger logger, Exception exception, GroupKey group);

    [LoggerMessage(2101, LogLevel.Warning, "Messages of group {Group} are lost to {Count} of its members here, who are closed with 4002. {Explanation} "
        + "Delivered here: up to {Delivered} of epoch {Epoch}; lost: what was published up to {UpTo}; newest in Redis: {LogHead}.")]
    public static partial void MessagesLost(
        this ILogger logger, GroupKey group, int count, string explanation, long delivered, long epoch, long upTo, long logHead);

    // 2102 LogWentBack: told by 2101 and 2111

    [LoggerMessage(2103, LogLevel.Error, "Something in group {Group} is not written by this version. Give another system a Redis:KeyPrefix of its own.")]
    public static partial void EntryNotUnderstood(this ILogger logger, GroupKey group);

    [LoggerMessage(2104, LogLevel.Debug, "Group {Group} could not be read from its log; the next audit tries again.")]
    public static partial void CatchUpFailed(this ILogger logger, Exception exception, GroupKey group);

    [LoggerMessage(2105, LogLevel.Debug, "Group {Group} could not be unsubscribed.")]
    public static partial void UnsubscribeFailed(this ILogger logger, Exception exception, GroupKey group);

    [LoggerMessage(2106, LogLevel.Debug, "Group {Group} could not be compared with its log; the next audit tries again.")]
    public static partial void AuditFailed(this ILogger logger, Exception exception, GroupKey group);

    [LoggerMessage(2107, LogLevel.Debug, "Whether group {Group} exists could not be asked.")]
    public static partial void ExistenceUnknown(this ILogger logger, Exception exception, GroupKey group);

    [LoggerMessage(2108, LogLevel.Error, "A message of group {Group} could not be delivered; the group's members are closed with 1011. This is a bug.")]
    public static partial void DeliveryFailed(this ILogger logger, Exception exception, GroupKey group);

    [LoggerMessage(2109, LogLevel.Error, "Group {Group} could not be compared with its log. This is a bug.")]
    public static partial void AuditBroken(this ILogger logger, Exception exception, GroupKey group);

    [LoggerMessage(2110, LogLevel.Information, "Hub {Hub} goes on in epoch {Epoch}: Redis did not remember position {Position} of epoch {OldEpoch}. It was emptied, "
        + "has returned from an older state, or nobody has published in the hub for very long.")]
    public static partial void NewEpoch(this ILogger logger, HubName hub, long epoch, long oldEpoch, long position);

    [LoggerMessage(2111, LogLevel.Information, "Redis has forgotten message {Position} of group {Group}, which was delivered or published here, and was told so "
        + "(before entry {Entry}; 0: it was the newest). Nodes that have not heard it close their members with 4002.")]
    public static partial void RedisReminded(this ILogger logger, GroupKey group, long position, long entry);

    [LoggerMessage(2112, LogLevel.Debug, "What Redis may have forgotten of messages published here could not be compared; it is when Redis is back.")]
    public static partial void RememberFailed(this ILogger logger, Exception exception);

    // 2150–2199 Django's channel layer
    [LoggerMessage(2150, LogLevel.Information, "This node reads what Django sends to groups of rooms.")]
    public static partial void ChannelsReaderStarted(this ILogger logger);

    [LoggerMessage(2151, LogLevel.Debug, "What Django sends is not read by this node any more; this node or another goes on when Redis is back.")]
    public static partial void ChannelsReaderInterrupted(this ILogger logger, Exception exception);

    [LoggerMessage(2152, LogLevel.Warning, "Django sends messages of the type {Type} to groups of rooms, which Channels:Types does not name, or without the key that it names. "
        + "They are counted and passed over; this line comes once.")]
    public static partial void ChannelsTypeUnmapped(this ILogger logger, string type);

    [LoggerMessage(2153, LogLevel.Warning, "Something that is no message of Django's channel layer was sent to groups of rooms. Check that Channels:Layer is the layer that Django runs, "
        + "and that it has no serializer of its own. Such messages are counted and passed over; this line comes once.")]
    public static partial void ChannelsMessageUnreadable(this ILogger logger);

    [LoggerMessage(2154, LogLevel.Warning, "A message of Django has {Bytes} bytes, and Connections:MaxMessageBytes allows {Limit}. Such messages are counted and passed over; this line comes once.")]
    public static partial void ChannelsMessageTooLarge(this ILogger logger, int bytes, int limit);

    [LoggerMessage(2155, LogLevel.Warning, "A message of Django cannot be decrypted. Give Channels:SymmetricEncryptionKeys all keys of symmetric_encryption_keys, and check the clocks. "
        + "Such messages are counted and passed over; this line comes once.")]
    public static partial void ChannelsMessageUndecryptable(this ILogger logger);

    [LoggerMessage(2156, LogLevel.Warning, "A process of Django takes its messages too slowly: {Capacity} wait for it (Channels:Capacity), and what was said in group {Group} was not sent to it. "
        + "This line comes again when it has kept up meanwhile.")]
    public static partial void ChannelsProcessFull(this ILogger logger, GroupKey group, int capacity);

    [LoggerMessage(2157, LogLevel.Debug, "What was said in group {Group} could not be sent to Django.")]
    public static partial void ChannelsSendFailed(this ILogger logger, Exception exception, GroupKey group);

    [LoggerMessage(2158, LogLevel.Debug, "The membership of group {Group} in Django's layer could not be ended; it ends by itself.")]
    public static partial void ChannelsMembershipKept(this ILogger logger, Exception exception, GroupKey group);

    [LoggerMessage(2159, LogLevel.Debug, "Memberships in Django's layer could not be renewed; they are when Redis is back.")]
    public static partial void ChannelsRenewalFailed(this ILogger logger, Exception exception);

    [LoggerMessage(2160, LogLevel.Warning, "Only {Count} of the {Wanted} connections to Redis on which this node waits for what Django sends (Channels:BurstConnections) could be opened, so Django "
        + "drops messages of smaller bursts. Raise maxclients of Redis, or the limit of open files of this process, or lower the setting.")]
    public static partial void ChannelsFewConnections(this ILogger logger, int count, int wanted);

    // 2200–2299 Redis
    [LoggerMessage(2200, LogLevel.Error, "Redis does not serve: {Problem} Sockets stay open, messages wait, new sockets are refused with 503. "
        + "Check the server that Redis:Configuration names.")]
    public static partial void RedisLost(this ILogger logger, string problem);

    [LoggerMessage(2201, LogLevel.Information, "Redis answers.")]
    public static partial void RedisAnswers(this ILogger logger);

    [LoggerMessage(2202, LogLevel.Warning, "A probe of Redis was not heard in time, but this process did not get to run in time either, so another one is sent. "
        + "Give this machine more processor time, or fewer clients.")]
    public static partial void ProbeWasLate(this ILogger logger);
}
