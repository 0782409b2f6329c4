using Microsoft.AspNetCore.Authorization;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Access.Logins.External;

/// <summary>
/// Lets the sockets of a login live as long as its check confirms it, and closes them with 4004 when the check refuses it, calls it somebody else's, or takes away what their route asks for. Any thread may
/// call it.
/// </summary>
internal sealed class CheckedSockets(SocketTable table, IAuthorizationService authorization, GatewayMetrics metrics, CheckReport report, ILogger<CheckedSockets> logger)
{
    /// <summary>Those that were opened by it and are not being closed.</summary>
    public IEnumerable<LiveSocket> Of(CheckedLogin login, string key) =>
        login.Login is { User: { } user } known ? table.Of(known.Issuer, user).Where(socket => !socket.IsLeaving && socket.Origin.Login?.CheckKey == key) : [];

    /// <summary>A check has answered. Called before anybody who waits for the answer has it, once at a time for one login.</summary>
    public async Task AnsweredAsync(ExternalCheck check, RememberedLogin login, CheckedLogin? before, CheckAnswer answer)
    {
        metrics.CheckAnswered(check.Name, answer switch { KnownLogin => "known", RefusedLogin => "refused", _ => "none" });
        if (answer is NoAnswer none)
        {
            report.Failed(check, none);
            return;
        }

        if (before is null)
        {
            return;
        }

        var closed = 0;
        var now = login.Good;
        foreach (var socket in Of(before, login.Question.Key))
        {
            if (now is not null && now.IsOf(before) && await MayStayAsync(socket, now))
            {
                socket.Renew(now.Login);
            }
            else
            {
                socket.Close(SocketClose.LoginRevoked);
                closed++;
            }
        }

        if (closed > 0)
        {
            logger.LoginEndedAtItsCheck(check.Name, LogText.Escape(before.Person.User), closed);
        }
    }

    private async Task<bool> MayStayAsync(LiveSocket socket, CheckedLogin login) =>
        socket.Origin.Policy is { } policy && (await authorization.AuthorizeAsync(login.Principal, resource: null, policy)).Succeeded;
}
