using System.Net;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway;

/// <summary>Everything the gateway can say. Ids never change meaning; a retired one stays as a comment.</summary>
internal static partial class Log
{
    // 1000-1099 start and stop
    [LoggerMessage(1000, LogLevel.Information, "The gateway listens on {Addresses}; health and metrics are on {Admin}.")]
    public static partial void Listening(this ILogger logger, string addresses, Uri? admin);

    [LoggerMessage(1001, LogLevel.Information,
        "The gateway stops: nothing new is let in, every socket is told to come back elsewhere (1012), and what is left after {Timeout} is cut.")]
    public static partial void Stopping(this ILogger logger, TimeSpan timeout);

    [LoggerMessage(1005, LogLevel.Information, "The gateway was told to stop. It is not ready from now on and goes on as before for {Delay}, until nobody sends clients here any more.")]
    public static partial void StopsSoon(this ILogger logger, TimeSpan delay);

    [LoggerMessage(1002, LogLevel.Warning, "{Count} sockets were not over in time and are cut; {Untold} of them were not told to come back.")]
    public static partial void SocketsCut(this ILogger logger, int count, int untold);

    [LoggerMessage(1004, LogLevel.Warning, "{Lines} lines of the log are missing before this one, because nobody read them.")]
    public static partial void LinesLost(this ILogger logger, long lines);

    [LoggerMessage(1006, LogLevel.Warning, "{Lines} lines of the access log {Name} are missing, because its disk does not take them as fast as they come.")]
    public static partial void AccessLinesLost(this ILogger logger, string name, long lines);

    [LoggerMessage(1007, LogLevel.Error, "The access log {File} cannot be written ({Reason}), and its lines are lost; it is tried again with each that comes, and their number is told then.")]
    public static partial void AccessLogFails(this ILogger logger, string file, string reason);

    [LoggerMessage(1008, LogLevel.Information, "The access log {File} is written again; {Lines} lines were lost.")]
    public static partial void AccessLogWritten(this ILogger logger, string file, long lines);

    // 1100-1199 access
    // 1100 and 1101, of issuers and their keys: said by 3300 and 3301, in both processes

    [LoggerMessage(1110, LogLevel.Information, "Revoked {Target}, for tokens issued up to {Before:u}, until {Until:u}; {Closed} sockets here are closed.")]
    public static partial void LoginRevoked(this ILogger logger, string target, DateTimeOffset before, DateTimeOffset until, int closed);

    [LoggerMessage(1111, LogLevel.Warning,
        "Redis does not have a revocation yet: {Target}. It holds on this gateway now, and on the others once Redis is back.")]
    public static partial void RevocationWaits(this ILogger logger, string target);

    [LoggerMessage(1112, LogLevel.Error,
        "{Count} revocations hold on this gateway alone, because Redis keeps as many as Revocations:MaxRevocations allows. Revoke everybody, or raise it.")]
    public static partial void RevocationsTooMany(this ILogger logger, int count);

    [LoggerMessage(1113, LogLevel.Information, "The revocations were read from Redis: {Read} there, {Missing} known here alone and added, {Closed} sockets closed.")]
    public static partial void RevocationsRead(this ILogger logger, int read, int missing, int closed);

    [LoggerMessage(1114, LogLevel.Error, "Somebody else has written among the revocations in Redis; an entry that cannot be read is passed over.")]
    public static partial void RevocationUnreadable(this ILogger logger);

    [LoggerMessage(1130, LogLevel.Warning,
        "The external check {Check} gives no answer that can be used: {Cause}. {Remedy} Requests that need it get 503; sockets that are open live on for {Grace} after it last knew them. From now on only the number of such answers is told, once it is over.")]
    public static partial void CheckFails(this ILogger logger, string check, string cause, string remedy, TimeSpan grace);

    [LoggerMessage(1131, LogLevel.Information, "The external check {Check} has answered every question for {Quiet}; {Times} had no answer, over a time of {Duration}.")]
    public static partial void CheckFailsNoMore(this ILogger logger, string check, TimeSpan quiet, long times, TimeSpan duration);

    [LoggerMessage(1132, LogLevel.Debug, "The external check {Check} does not know a login of {User} any more, or not for what it opened; {Closed} sockets here are closed.")]
    public static partial void LoginEndedAtItsCheck(this ILogger logger, string check, string user, int closed);

    [LoggerMessage(1135, LogLevel.Warning,
        "What route {Route} asks by its AuthRequest gets no answer that decides: {Cause}. {Remedy} Its requests get 500. From now on only the number of such answers is told, once it is over.")]
    public static partial void AuthRequestFails(this ILogger logger, string route, string cause, string remedy);

    [LoggerMessage(1136, LogLevel.Information, "What route {Route} asks by its AuthRequest has been answered for {Quiet}; {Times} questions were not, over a time of {Duration}.")]
    public static partial void AuthRequestFailsNoMore(this ILogger logger, string route, TimeSpan quiet, long times, TimeSpan duration);

    [LoggerMessage(1140, LogLevel.Error, "A file of passwords has changed and cannot be used; the users that were read before stay. {Fault}")]
    public static partial void PasswordsRefused(this ILogger logger, string fault);

    // 1200-1299 routes
    [LoggerMessage(1200, LogLevel.Information, "The routes {Revision} run now: {Routes} routes, {Clusters} clusters, by {Means}.")]
    public static partial void RoutesApplied(this ILogger logger, string revision, int routes, int clusters, string means);

    [LoggerMessage(1201, LogLevel.Error, "The routes {Revision} are refused, and {Running} go on: {Diagnostics}")]
    public static partial void RoutesRefused(this ILogger logger, string revision, string running, string diagnostics);

    [LoggerMessage(1202, LogLevel.Warning, "The settings file has changed outside of ReverseProxy as well; that takes effect with the next start.")]
    public static partial void SettingsWaitForARestart(this ILogger logger);

    [LoggerMessage(1207, LogLevel.Information, "Told to reload (SIGHUP): the files are read now, their hash is {Hash}.")]
    public static partial void RoutesToldToReload(this ILogger logger, string hash);

    [LoggerMessage(1203, LogLevel.Error, "The routes {Revision} could not be applied, and those before go on.")]
    public static partial void RoutesFailed(this ILogger logger, string revision, Exception exception);

    [LoggerMessage(1204, LogLevel.Warning, "{Diagnostic}")]
    public static partial void RouteWarning(this ILogger logger, Diagnostic diagnostic);

    [LoggerMessage(1205, LogLevel.Error, "The routes {Revision} are taken back and {Running} run again, because {Why}. The files stay as they are; they are applied again once they change.")]
    public static partial void RoutesTakenBack(this ILogger logger, string revision, string running, string why);

    [LoggerMessage(1206, LogLevel.Information, "The files are what runs, {Revision}.")]
    public static partial void FilesAreWhatRuns(this ILogger logger, string revision);

    [LoggerMessage(1214, LogLevel.Warning,
        "The files are those that were taken back, {Revision}, and {Running} go on. They are applied once they say something else, or POST /routes applies them.")]
    public static partial void FilesWereTakenBack(this ILogger logger, string revision, string running);

    [LoggerMessage(1215, LogLevel.Warning,
        "The files are those that were left when the operator went back, {Revision}, and {Running} go on. They are applied once they say something else, or POST /routes applies them.")]
    public static partial void FilesWereLeft(this ILogger logger, string revision, string running);

    [LoggerMessage(1210, LogLevel.Warning, "The name {Host} of a destination could not be asked again, and its addresses stay as they were: {Reason}")]
    public static partial void NameNotResolved(this ILogger logger, string host, string reason);

    [LoggerMessage(1212, LogLevel.Warning, "Destination {Destination} of cluster {Cluster} is out of use, because {Reason}; {Left} of {All} are left.")]
    public static partial void DestinationOut(this ILogger logger, string destination, string cluster, string reason, int left, int all);

    [LoggerMessage(1213, LogLevel.Information, "Destination {Destination} of cluster {Cluster} is in use again; {Left} of {All} are.")]
    public static partial void DestinationBack(this ILogger logger, string destination, string cluster, int left, int all);

    [LoggerMessage(1220, LogLevel.Error,
        "The file for a body could not be written ({Reason}; {Bodies} bodies since the last such line): requests with a large body get 503, answers go on at the client's pace. Make room in Bodies:BufferDirectory.")]
    public static partial void BodyNotBuffered(this ILogger logger, long bodies, string reason);

    // 1300-1399 sockets
    [LoggerMessage(1211, LogLevel.Warning,
        "Cluster {Cluster} has no destination that could take a request; they are refused with 503 until it has. Another line tells their number once it is over.")]
    public static partial void NoDestination(this ILogger logger, string cluster);

    [LoggerMessage(1208, LogLevel.Information, "Nothing was refused for want of a destination in cluster {Cluster} for {Quiet}; {Times} were refused, over a time of {Duration}.")]
    public static partial void NoDestinationEnded(this ILogger logger, string cluster, long times, TimeSpan duration, TimeSpan quiet);

    [LoggerMessage(1305, LogLevel.Warning,
        "Destination {Destination} fails requests of route {Route}: {Reason} From now on only their number is told, once it is over.")]
    public static partial void DestinationFails(this ILogger logger, string? destination, string route, string reason);

    [LoggerMessage(1306, LogLevel.Information, "Destination {Destination} of cluster {Cluster} has failed nothing for {Quiet}; {Times} requests and handshakes failed, over a time of {Duration}.")]
    public static partial void DestinationFailsNoMore(this ILogger logger, string destination, string cluster, long times, TimeSpan duration, TimeSpan quiet);

    [LoggerMessage(1209, LogLevel.Warning,
        "No destination of cluster {Cluster} is healthy any more; those that were until now go on being asked: {Destinations}. If all failed at once, look for what they share, or at this machine.")]
    public static partial void LastDestinationsKept(this ILogger logger, string cluster, string destinations);

    [LoggerMessage(1304, LogLevel.Information, "Destination {Destination} of cluster {Cluster} has failed no {What} for {Quiet}; {Times} were tried elsewhere, over a time of {Duration}.")]
    public static partial void RetriesEnded(this ILogger logger, string destination, string cluster, long times, string what, TimeSpan duration, TimeSpan quiet);

    [LoggerMessage(1300, LogLevel.Warning,
        "Destination {Destination} did not take a WebSocket handshake of route {Route}; the handshake is tried on another one. {Reason} From now on only their number is told, once it is over.")]
    public static partial void HandshakeRetried(this ILogger logger, string? destination, string route, string reason);

    [LoggerMessage(1302, LogLevel.Warning, "Destination {Destination} did not answer a request of route {Route}; the request is tried on another one. {Reason} From now on only their number is told, once it is over.")]
    public static partial void RequestRetried(this ILogger logger, string? destination, string route, string reason);

    [LoggerMessage(1301, LogLevel.Error,
        "Socket {Id} is no longer watched, because looking at its deadlines failed; it lives until its client or its backend ends it.")]
    public static partial void SocketUnwatched(this ILogger logger, long id, Exception exception);

    [LoggerMessage(1307, LogLevel.Warning, "{Error}: a plain request was not answered by its destination, or not to the end.")]
    public static partial void ExchangeFailed(this ILogger logger, Yarp.ReverseProxy.Forwarder.ForwarderError error, Exception exception);

    [LoggerMessage(1308, LogLevel.Debug, "{Error}: the client of a plain request has gone before its answer was whole.")]
    public static partial void ExchangeCancelled(this ILogger logger, Yarp.ReverseProxy.Forwarder.ForwarderError error, Exception exception);

    [LoggerMessage(1303, LogLevel.Error, "A socket was cut because the gateway failed at it; its client may come back. Please report this.")]
    public static partial void SocketFailed(this ILogger logger, Exception exception);

    [LoggerMessage(1310, LogLevel.Information, "{Count} sockets are being closed with {Code} by order of the operator, {PerSecond} per second.")]
    public static partial void ClosingSockets(this ILogger logger, int count, int code, double perSecond);

    [LoggerMessage(1320, LogLevel.Warning, "Limit {Limit} of route {Route} has been reached; what is beyond it is {Action} from now on.")]
    public static partial void LimitReached(this ILogger logger, string limit, string route, string action);

    [LoggerMessage(1321, LogLevel.Information,
        "Limit {Limit} of route {Route} has held for {Quiet}; {Count} that were beyond it were {Action}, over a time of {Duration}.")]
    public static partial void LimitHolds(
        this ILogger logger, string limit, string route, TimeSpan quiet, long count, string action, TimeSpan duration);

    [LoggerMessage(1322, LogLevel.Error,
        "Redis does not answer in time, and rates that gateways share are not counted together: until it does, this gateway counts requests by itself, or refuses those whose rate says so (WithoutRedis).")]
    public static partial void RatesNotShared(this ILogger logger);

    [LoggerMessage(1323, LogLevel.Information, "Redis answers, and rates that gateways share are counted together again, after {Duration}.")]
    public static partial void RatesSharedAgain(this ILogger logger, TimeSpan duration);

    // 1400-1499 Redis
    [LoggerMessage(1400, LogLevel.Error,
        "Redis does not serve: {Reason} Sockets stay and known revocations hold; what is said of logins from now on holds on this gateway alone, and tickets are refused with 503.")]
    public static partial void RedisLost(this ILogger logger, string reason);

    [LoggerMessage(1401, LogLevel.Information, "Redis answers; what is said of logins holds on all gateways.")]
    public static partial void RedisAnswers(this ILogger logger);

    [LoggerMessage(1330, LogLevel.Information,
        "Draining {Subject}: {Count} sockets, {PerSecond} per second, with {Code}; the last is told in {SecondsLeft} s.")]
    public static partial void DrainBegun(this ILogger logger, string subject, int count, double perSecond, int code, double secondsLeft);

    [LoggerMessage(1331, LogLevel.Information, "Drained {Subject}: the last socket is over.")]
    public static partial void DrainEnded(this ILogger logger, string subject);

    [LoggerMessage(1332, LogLevel.Information, "Draining {Subject} has stopped; {Left} sockets are left.")]
    public static partial void DrainStopped(this ILogger logger, string subject, int left);

    [LoggerMessage(1333, LogLevel.Information,
        "After the change of routes, sockets that lead to what is configured no more: {Kept} live on, {Drained} are drained, {Closed} are closed at once.")]
    public static partial void RemovedSocketsFound(this ILogger logger, int kept, int drained, int closed);

    [LoggerMessage(1334, LogLevel.Information, "Destination {Destination} is put back by order of the operator; its sockets that are not closed yet stay.")]
    public static partial void DestinationPutBack(this ILogger logger, string destination);

    // 1500-1599 TLS
    [LoggerMessage(1500, LogLevel.Information, "{File} ({Setting}) has changed and is in use for new handshakes; open connections stay as they are.")]
    public static partial void TlsFileTaken(this ILogger logger, string file, string setting);

    [LoggerMessage(1501, LogLevel.Error, "{File} ({Setting}) has changed and cannot be used, and what was read before goes on: {Fault}")]
    public static partial void TlsFileRefused(this ILogger logger, string file, string setting, string fault);

    [LoggerMessage(1502, LogLevel.Warning, "The certificate in {File}, {Subject}, expires on {NotAfter:u}; put a new one in its place, no restart is needed.")]
    public static partial void CertificateExpires(this ILogger logger, string file, string subject, DateTimeOffset notAfter);

    [LoggerMessage(1506, LogLevel.Error, "The certificate in {File}, {Subject}, expired on {NotAfter:u}, and clients refuse it; put a new one in its place, no restart is needed.")]
    public static partial void CertificateHasExpired(this ILogger logger, string file, string subject, DateTimeOffset notAfter);

    [LoggerMessage(1503, LogLevel.Error, "{File} ({Setting}) lets no client in by its certificate: {Fault}.")]
    public static partial void AuthoritiesLetNobodyIn(this ILogger logger, string file, string setting, string fault);

    [LoggerMessage(1505, LogLevel.Warning, "A connection of {Client} to endpoint {Endpoint} is closed, because {Reason}. {Untold} more since the last such line.")]
    public static partial void ProxyHeaderRefused(this ILogger logger, EndPoint? client, string endpoint, string reason, long untold);

    [LoggerMessage(1504, LogLevel.Information, "Client {Client} is refused in its TLS handshake on endpoint {Endpoint}: {Reason}. {Untold} more since the last such line.")]
    public static partial void HandshakeRefused(this ILogger logger, EndPoint? client, string endpoint, string reason, long untold);

    // 1600-1699 the admin port
    [LoggerMessage(1600, LogLevel.Error, "The charts of the admin page have a gap, because what they show could not be read.")]
    public static partial void SampleMissing(this ILogger logger, Exception exception);

    // 1700-1799 sessions
    [LoggerMessage(1700, LogLevel.Information, "A login was not completed: {Reason}")]
    public static partial void LoginNotCompleted(this ILogger logger, string reason);

    [LoggerMessage(1701, LogLevel.Information, "A session is over: {Reason}. Its owner logs in again.")]
    public static partial void SessionOver(this ILogger logger, string reason);

    [LoggerMessage(1702, LogLevel.Error, "The issuer does not renew the tokens of sessions: {Reason}. Those at hand go on until they end; it is asked again. From now on nothing is told until it answers.")]
    public static partial void SessionsNotRenewed(this ILogger logger, string reason);

    [LoggerMessage(1703, LogLevel.Information, "The issuer renews the tokens of sessions again.")]
    public static partial void SessionsRenewedAgain(this ILogger logger);

    [LoggerMessage(1704, LogLevel.Error, "The token of a session could not be renewed because the gateway failed at it; it is tried again while the session lasts. Please report this.")]
    public static partial void SessionRenewalFailed(this ILogger logger, Exception exception);

    [LoggerMessage(1705, LogLevel.Information, "The issuer has ended {What}: what began here with it ends on every gateway.")]
    public static partial void LoggedOutByIssuer(this ILogger logger, string what);

    [LoggerMessage(1706, LogLevel.Information, "A logout token is refused, and nobody is logged out: {Reason}.")]
    public static partial void LogoutTokenRefused(this ILogger logger, string reason);

    // 1900-1999 the access log
    [LoggerMessage(1900, LogLevel.Information,
        "{Client} {Method} {Path} {Status} in {Duration:F1} ms, {BytesIn} bytes in, {BytesOut} bytes out; "
        + "route {Route}, destination {Destination}, user {User}, refused {Refused}, trace {Trace}.")]
    public static partial void RequestAnswered(
        this ILogger logger, string client, string method, string path, int status, double duration, string bytesIn, string bytesOut,
        string route, string destination, string user, string refused, string trace);

    [LoggerMessage(1901, LogLevel.Information,
        "{Client} opened a socket on {Path}; route {Route}, destination {Destination}, user {User}, trace {Trace}.")]
    public static partial void SocketOpened(
        this ILogger logger, string client, string path, string route, string destination, string user, string trace);

    [LoggerMessage(1902, LogLevel.Information,
        "{Client} is off the socket on {Path} after {Duration:F1} ms, close code {CloseCode}, closed by {Closer}; "
        + "{BytesIn} bytes in, {BytesOut} bytes out, {MessagesIn} messages in, {MessagesOut} messages out; "
        + "route {Route}, destination {Destination}, user {User}, trace {Trace}.")]
    public static partial void SocketClosed(
        this ILogger logger, string client, string path, double duration, string closeCode, string closer,
        long bytesIn, long bytesOut, long messagesIn, long messagesOut, string route, string destination, string user, string trace);

    [LoggerMessage(1903, LogLevel.Information,
        "{Client} opened a tunnel of {Protocol} on {Path}; route {Route}, destination {Destination}, user {User}, trace {Trace}.")]
    public static partial void TunnelOpened(
        this ILogger logger, string client, string protocol, string path, string route, string destination, string user, string trace);

    [LoggerMessage(1904, LogLevel.Information,
        "{Client} is off the tunnel of {Protocol} on {Path} after {Duration:F1} ms, close code {CloseCode}, ended by {Closer}; "
        + "{BytesIn} bytes in, {BytesOut} bytes out; route {Route}, destination {Destination}, user {User}, trace {Trace}.")]
    public static partial void TunnelClosed(
        this ILogger logger, string client, string protocol, string path, double duration, string closeCode, string closer,
        long bytesIn, long bytesOut, string route, string destination, string user, string trace);
}
