namespace YarpWs.Gateway.Access.Logins;

/// <summary>Keeps what tickets seal, until they are used or their time is over.</summary>
internal interface ITicketStore
{
    /// <summary>False when there is no room. Where Redis is away it throws what <see cref="Redis.RedisConnection.IsAway"/> knows.</summary>
    Task<bool> TryKeepAsync(string id, byte[] seal, TimeSpan lifetime);

    /// <summary>Gives what was kept to the first who asks, and null to everybody after. Throws as above.</summary>
    Task<byte[]?> TakeAsync(string id);
}
