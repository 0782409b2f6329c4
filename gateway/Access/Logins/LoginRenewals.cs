using System.Text.Json;
using StackExchange.Redis;
using YarpWs.Gateway.Access.Revocations;
using YarpWs.Gateway.Redis;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Access.Logins;

/// <summary>
/// Lets sockets live as long as a newer token of the login that opened them. Other gateways hear of it by pub/sub, at most once: a socket
/// that missed it ends with its old token, and its client comes back with the new one.
/// </summary>
internal sealed class LoginRenewals
{
    private readonly SocketTable _sockets;
    private readonly RevocationList _revoked;
    private readonly RedisConnection _redis;
    private readonly RedisChannel _channel;
    private readonly RedisListener _listener;
    private readonly Lock _renewing = new();

    public LoginRenewals(SocketTable sockets, RevocationList revoked, RedisConnection redis, RedisNames names)
    {
        _sockets = sockets;
        _revoked = revoked;
        _redis = redis;
        _channel = names.RenewalsChannel;
        _listener = new RedisListener(redis, _channel, message => Hear(message));
    }

    /// <summary>From then on renewals of other gateways are heard. One caller at a time; it throws while Redis is away.</summary>
    public Task ListenAsync() => _listener.ListenAsync();

    /// <summary>Renews here and, while Redis is there, everywhere. The caller has checked the token that the login was read from, and that it names a user.</summary>
    public async Task<(int Sockets, Scope Reach)> RenewAsync(Renewal renewal)
    {
        var renewed = Apply(renewal);
        if (!_redis.IsConfigured)
        {
            return (renewed, Scope.Local);
        }

        try
        {
            await _redis.Subscriber.PublishAsync(_channel, JsonSerializer.SerializeToUtf8Bytes(renewal, JsonSerializerOptions.Web));
            return (renewed, Scope.All);
        }
        catch (Exception exception) when (RedisConnection.IsAway(exception))
        {
            return (renewed, Scope.Local);
        }
    }

    private void Hear(RedisValue message)
    {
        // Only gateways publish here; what cannot be read renews nobody.
        try
        {
            if (JsonSerializer.Deserialize<Renewal>((byte[])message!, JsonSerializerOptions.Web) is { Login.User: not null, Policies: not null } renewal
                && !_revoked.Refuses(renewal.Login))
            {
                Apply(renewal);
            }
        }
        catch (JsonException)
        {
            // See above.
        }
    }

    private int Apply(Renewal renewal)
    {
        var login = renewal.Login;

        // Two tokens of one login at once: the one that lasts longer must win, on every socket. One user has few, so nobody waits for long.
        lock (_renewing)
        {
            var renewed = 0;
            foreach (var socket in _sockets.Of(login.Issuer, login.User!))
            {
                if (!socket.IsLeaving && socket.Login is { } old && Renews(login, old) && renewal.IsTakenBy(socket.Origin.Policy))
                {
                    socket.Renew(login);
                    renewed++;
                }
            }

            return renewed;
        }
    }

    private static bool Renews(Login login, Login old) =>
        (old.SessionId is null || old.SessionId == login.SessionId)
        && login.ExpiresAt > old.ExpiresAt;
}

/// <summary>A newer token of a login.</summary>
/// <param name="Login">What the token says.</param>
/// <param name="Policies">The policies that it satisfies: a route that would refuse it keeps no socket open for it.</param>
internal sealed record Renewal(Login Login, IReadOnlyList<string> Policies)
{
    /// <summary>Whether a route with this policy lets it in; null for a route that names none.</summary>
    public bool IsTakenBy(string? policy) => PolicyNames.Anonymous.Equals(policy, StringComparison.OrdinalIgnoreCase)
        || Policies.Contains(policy ?? PolicyNames.Default, StringComparer.OrdinalIgnoreCase);
}
