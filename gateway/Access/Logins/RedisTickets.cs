using StackExchange.Redis;
using YarpWs.Gateway.Redis;

namespace YarpWs.Gateway.Access.Logins;

/// <summary>Tickets that any gateway may issue and any other redeem, once among all of them.</summary>
internal sealed class RedisTickets(RedisConnection redis, RedisNames names) : ITicketStore
{
    public Task<bool> TryKeepAsync(string id, byte[] seal, TimeSpan lifetime) =>
        redis.Database.StringSetAsync(names.Ticket(id), seal, lifetime, When.NotExists, CommandFlags.DemandMaster);

    public async Task<byte[]?> TakeAsync(string id) => await redis.Database.StringGetDeleteAsync(names.Ticket(id), CommandFlags.DemandMaster);
}
