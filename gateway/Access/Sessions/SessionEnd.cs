using Microsoft.Extensions.Options;
using YarpWs.Gateway.Access.Revocations;
using YarpWs.Gateway.Redis;

namespace YarpWs.Gateway.Access.Sessions;

/// <summary>Ends sessions, on every gateway: nobody finds them any more, and their sockets are closed with 4004, because what is left of them is revoked by its <c>sid</c>.</summary>
internal sealed class SessionEnd(
    SessionStore store, Revocations.Revocations revocations, RevocationSync sync, IOptions<SessionsOptions> options, IOptions<RevocationOptions> revocationOptions, TimeProvider time)
{
    /// <summary>For clocks that differ, and handshakes under way.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    /// <summary>Ends one session. The person can log in again at once: only the tokens that the session had are refused.</summary>
    public async Task EndAsync(Session session)
    {
        var isGone = true;
        try
        {
            // As it is by now: with the newest token that there is.
            session = await store.TakeAsync(session.Key) ?? session;
        }
        catch (Exception exception) when (RedisConnection.IsAway(exception))
        {
            // It cannot be removed, and so is refused for as long as it would have lasted.
            isGone = false;
        }

        var last = isGone ? Later(session.Login.ExpiresAt, time.GetUtcNow()) : Later(session.EndsAt, session.Login.ExpiresAt);
        await RevokeAsync(new RevocationTarget { Issuer = session.Login.Issuer, SessionId = session.Login.SessionId }, session.NewestTokenIssuedAt, last + Margin);
    }

    /// <summary>Ends all sessions of a target that began up to a time, by the issuer's clock.</summary>
    public Task EndAllAsync(RevocationTarget target, DateTimeOffset begunBefore) => RevokeAsync(target, begunBefore, time.GetUtcNow() + options.Value.Lifetime + Margin);

    /// <summary>
    /// The revocation goes by the clock of the issuer alone, which dated the tokens, so it needs no allowance for clocks that differ: a token of the next second is good.
    /// </summary>
    private async Task RevokeAsync(RevocationTarget target, DateTimeOffset issuedBefore, DateTimeOffset until)
    {
        var revocation = new Revocation(target, issuedBefore - revocationOptions.Value.ClockSkew, until);
        revocations.Apply(revocation);
        await sync.HandOnAsync(revocation);
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
