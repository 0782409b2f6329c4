using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Access.Revocations;
using YarpWs.Gateway.Redis;
using YarpWs.Platform.Jwt;

namespace YarpWs.Gateway.Access.Sessions;

/// <summary>Finds the session that a cookie names.</summary>
internal sealed class SessionReader(
    SessionStore store, SessionKeyRing ring, RevocationList revocations, IOptionsMonitor<CookieAuthenticationOptions> cookies)
{
    /// <summary>Null for a cookie that names none, or one that has ended; and why, where that is worth telling.</summary>
    public async Task<(Session? Session, TokenFault? Fault)> FindAsync(string cookie)
    {
        if (!ring.IsKnown)
        {
            return (null, SessionFaults.RedisAway);
        }

        // The platform's cookie holds one claim, the key.
        if (cookies.Get(SessionSchemes.Cookie).TicketDataFormat.Unprotect(cookie)?.Principal.FindFirst(_ => true)?.Value is not { } key)
        {
            return (null, null);
        }

        try
        {
            if (await store.FindAsync(key) is not { } session)
            {
                return (null, null);
            }

            if (revocations.Refuses(session.Login))
            {
                await store.TakeAsync(key);
                return (null, TokenFault.Revoked);
            }

            return (session, null);
        }
        catch (Exception exception) when (RedisConnection.IsAway(exception))
        {
            return (null, SessionFaults.RedisAway);
        }
    }
}
