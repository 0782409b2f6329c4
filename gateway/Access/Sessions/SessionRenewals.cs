using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Access.Logins;
using YarpWs.Gateway.Access.Revocations;
using YarpWs.Gateway.Redis;
using YarpWs.Platform.Jwt;

namespace YarpWs.Gateway.Access.Sessions;

/// <summary>
/// Renews the access tokens of sessions before they end, each once among all gateways: (1) who may put a mark for this version of the session into Redis asks the issuer, (2) what comes is judged as any token,
/// (3) kept, unless the session has ended meanwhile, and (4) told to the session's sockets on every gateway. The mark stays for a while, so it is also the pause between two
/// tries while the issuer fails. Any thread may call it.
/// </summary>
internal sealed class SessionRenewals(
    SessionStore store,
    TokenEndpoint issuer,
    AccessTokenCheck check,
    SessionEnd end,
    LoginRenewals renewals,
    RevocationList revocations,
    IOptions<SessionsOptions> options,
    TimeProvider time,
    ILogger<SessionRenewals> logger)
{
    /// <summary>How long the mark stays: longer than an answer of the issuer is waited for.</summary>
    public static readonly TimeSpan PauseBetweenTries = TokenEndpoint.Patience + TimeSpan.FromSeconds(5);

    /// <summary>How long a request waits whose token has ended already.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(3);

    /// <summary>How often Redis is asked meanwhile what another gateway has made of it.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(100);

    /// <summary>One at a time for each session: those of its key.</summary>
    private readonly ConcurrentDictionary<string, Task<Session?>> _underWay = new();

    /// <summary>
    /// The session with a token that is good now. It waits only where the one at hand has ended. Null and why for one that has ended, or whose token cannot be renewed now.
    /// </summary>
    public async Task<(Session? Session, TokenFault? Fault)> FreshAsync(Session session)
    {
        var now = time.GetUtcNow();
        if (now < session.RenewAt || session.RefreshToken is null)
        {
            return (session, null);
        }

        var renewal = RenewAsync(session);
        if (now < session.Login.ExpiresAt)
        {
            return (session, null);
        }

        try
        {
            return await renewal.WaitAsync(LongestWait, time) switch
            {
                null => (null, null),
                { } newer when newer.Login.ExpiresAt > time.GetUtcNow() => (newer, null),
                _ => (null, SessionFaults.IssuerAway),
            };
        }
        catch (TimeoutException)
        {
            return (null, SessionFaults.IssuerAway);
        }
    }

    /// <summary>
    /// Renews a session's token if it is time, or waits for who does. Returns the session as it is afterwards, which is the same where the issuer is away; null where it has ended. It does not fail.
    /// </summary>
    public Task<Session?> RenewAsync(Session session)
    {
        var mine = new TaskCompletionSource<Session?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = _underWay.GetOrAdd(session.Key, mine.Task);
        return running == mine.Task ? RunAsync(session, mine) : running;
    }

    /// <summary>Ends when nothing is under way; no renewal may be begun any more.</summary>
    public Task WhenIdleAsync() => Task.WhenAll(_underWay.Values);

    private async Task<Session?> RunAsync(Session session, TaskCompletionSource<Session?> mine)
    {
        var result = session;
        try
        {
            return result = await OnceAsync(session);
        }
        catch (Exception exception) when (RedisConnection.IsAway(exception))
        {
            // Told elsewhere, once. The token at hand goes on, and it is tried again.
            return result;
        }
        catch (Exception exception)
        {
            logger.SessionRenewalFailed(exception);
            return result;
        }
        finally
        {
            _underWay.TryRemove(session.Key, out _);
            mine.SetResult(result);
        }
    }

    private async Task<Session?> OnceAsync(Session session)
    {
        if (issuer.IsResting)
        {
            return session;
        }

        // 1
        if (!await store.TryBeginRenewalAsync(session, PauseBetweenTries))
        {
            return await AwaitOtherAsync(session);
        }

        if (await store.FindAsync(session.Key) is not { } current || revocations.Refuses(current.Login))
        {
            return null;
        }

        if (current.Version != session.Version)
        {
            return current;
        }

        var answer = await issuer.RefreshAsync(current);
        if (answer.IsOver)
        {
            logger.SessionOver(answer.Fault!);
            await end.EndAsync(current);
            return null;
        }

        if (answer.Tokens is not { } tokens)
        {
            return current;
        }

        // 2
        var access = await check.CheckAsync(tokens.AccessToken, current);
        if (access.Login is not { } login)
        {
            logger.SessionOver($"its new access token is refused here: {access.Reason}");
            await end.EndAsync(current);
            return null;
        }

        // 3
        var newer = current.With(tokens, login, options.Value, time.GetUtcNow());
        if (!await store.TryReplaceAsync(newer))
        {
            return null;
        }

        // 4
        if (login.User is not null)
        {
            await renewals.RenewAsync(new Renewal(login, access.Policies));
        }

        return newer;
    }

    /// <summary>Another gateway renews it, or has tried a moment ago.</summary>
    private async Task<Session?> AwaitOtherAsync(Session session)
    {
        var patience = time.GetTimestamp();
        while (true)
        {
            if (await store.FindAsync(session.Key) is not { } current)
            {
                return null;
            }

            // While the token at hand is good nobody needs to wait.
            if (current.Version != session.Version || time.GetUtcNow() < session.Login.ExpiresAt || time.GetElapsedTime(patience) > LongestWait)
            {
                return current;
            }

            await Task.Delay(AskAgain, time);
        }
    }
}

/// <summary>Why a session's owner cannot be let in now, though the session may be good.</summary>
internal static class SessionFaults
{
    /// <summary>Redis is asked again every second.</summary>
    public static readonly TokenFault RedisAway = TokenFault.NotNow("The login cannot be looked up now", "Redis is away, where the session is", retryAfterSeconds: 2);

    /// <summary>The issuer is asked again when the mark of the last try is gone.</summary>
    public static readonly TokenFault IssuerAway = TokenFault.NotNow("The login cannot be renewed now: its issuer does not answer", "its issuer does not renew the token", retryAfterSeconds: 5);
}
