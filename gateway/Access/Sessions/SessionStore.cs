using System.Security.Cryptography;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;
using StackExchange.Redis;
using YarpWs.Gateway.Redis;

namespace YarpWs.Gateway.Access.Sessions;

/// <summary>
/// The sessions in Redis, encrypted, each for as long as it lasts; every gateway finds them there. While Redis is away every member throws what <see cref="RedisConnection.IsAway"/> knows.
/// </summary>
internal sealed class SessionStore(RedisConnection redis, RedisNames names, SessionKeyRing ring, TimeProvider time)
{
    private readonly IDataProtector _protector = ring.CreateProtector("session");

    /// <summary>Keeps a session that begins. Returns its key.</summary>
    public async Task<string> AddAsync(AuthenticationTicket ticket)
    {
        var key = SessionKeys.Create();
        await redis.Database.StringSetAsync(names.Session(key), Seal(ticket), ticket.Properties.ExpiresUtc - time.GetUtcNow(), When.NotExists, CommandFlags.DemandMaster);
        return key;
    }

    /// <summary>Null for one that has ended, or that this gateway cannot read.</summary>
    public async Task<Session?> FindAsync(string key) =>
        Open(key, (byte[]?)await redis.Database.StringGetAsync(names.Session(key), CommandFlags.DemandMaster));

    /// <summary>The same, and the session has ended.</summary>
    public async Task<Session?> TakeAsync(string key) =>
        Open(key, (byte[]?)await redis.Database.StringGetDeleteAsync(names.Session(key), CommandFlags.DemandMaster));

    /// <summary>Keeps newer tokens of a session. False when it has ended meanwhile: then they are nobody's.</summary>
    public Task<bool> TryReplaceAsync(Session session) =>
        redis.Database.StringSetAsync(names.Session(session.Key), Seal(session.Ticket), session.EndsAt - time.GetUtcNow(), When.Exists, CommandFlags.DemandMaster);

    /// <summary>Whether the caller is the one among all gateways that renews this version, for so long.</summary>
    public Task<bool> TryBeginRenewalAsync(Session session, TimeSpan length) =>
        redis.Database.StringSetAsync(names.SessionRenewal(session.Key, session.Version), RedisValue.EmptyString, length, When.NotExists, CommandFlags.DemandMaster);

    /// <summary>False for a logout token that was used before.</summary>
    public Task<bool> TryUseAsync(string logoutToken, TimeSpan length) =>
        redis.Database.StringSetAsync(names.LogoutToken(logoutToken), RedisValue.EmptyString, length, When.NotExists, CommandFlags.DemandMaster);

    private Session? Open(string key, byte[]? box)
    {
        if (box is null)
        {
            return null;
        }

        try
        {
            return TicketSerializer.Default.Deserialize(_protector.Unprotect(box)) is { Properties.ExpiresUtc: { } end } ticket && end > time.GetUtcNow() ? new Session(key, ticket) : null;
        }
        catch (CryptographicException)
        {
            // Of keys that are there no more, or not of a gateway.
            return null;
        }
    }

    private byte[] Seal(AuthenticationTicket ticket) => _protector.Protect(TicketSerializer.Default.Serialize(ticket));
}

/// <summary>The store as the platform's cookie handler asks for it, so that the cookie holds the key alone.</summary>
internal sealed class SessionTickets(SessionStore store) : Microsoft.AspNetCore.Authentication.Cookies.ITicketStore
{
    public Task<string> StoreAsync(AuthenticationTicket ticket) => store.AddAsync(ticket);

    public Task RenewAsync(string key, AuthenticationTicket ticket) => store.TryReplaceAsync(new Session(key, ticket));

    public async Task<AuthenticationTicket?> RetrieveAsync(string key) => (await store.FindAsync(key))?.Ticket;

    public Task RemoveAsync(string key) => store.TakeAsync(key);
}
