using YarpWs.Backend.Messages;

namespace YarpWs.Backend;

/// <summary>Everything the backend can say. Ids never change meaning; a retired one stays as a comment.</summary>
internal static partial class Log
{
    // 2000–2099 connections
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

    // 2100–2199 groups and streams
    [LoggerMessage(2100, LogLevel.Debug, "A message to group {Group} was not published.")]
    public static partial void PublishFailed(this ILogger logger, Exception exception, GroupKey group);

    [LoggerMessage(2101, LogLevel.Warning, "Messages of group {Group} are lost: its log no longer reaches back to the last one delivered here. "
        + "Its members are closed with 4002. Raise Streams:MaxMessages, Streams:MaxBytes or Streams:Retention.")]
    public static partial void MessagesLost(this ILogger logger, GroupKey group);

    [LoggerMessage(2102, LogLevel.Warning, "Redis went back in time for group {Group}: it lost messages in a failover.")]
    public static partial void LogWentBack(this ILogger logger, GroupKey group);

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

    // 2200–2299 Redis
    [LoggerMessage(2200, LogLevel.Error, "Redis is away: {Problem} Sockets stay open, messages wait, new sockets are refused with 503. "
        + "Check the server that Redis:Configuration names.")]
    public static partial void RedisLost(this ILogger logger, string problem);

    [LoggerMessage(2201, LogLevel.Information, "Redis answers.")]
    public static partial void RedisAnswers(this ILogger logger);
}
