using System.Runtime.InteropServices;

namespace YarpWs.Gateway.Sockets;

/// <summary>
/// The open sockets of each user, so that who asks for those of one user is not held up by those of all others. Any thread may call it; its lock is held for one look-up,
/// and for a copy of one user's sockets.
/// </summary>
internal sealed class UserSockets
{
    private readonly Lock _gate = new();

    /// <summary>Nearly all users have one socket, and cost no set.</summary>
    private readonly Dictionary<(string? Issuer, string User), (LiveSocket? Only, HashSet<LiveSocket>? Several)> _users = [];

    public void Add(LiveSocket socket)
    {
        if (KeyOf(socket) is not { } key)
        {
            return;
        }

        lock (_gate)
        {
            ref var sockets = ref CollectionsMarshal.GetValueRefOrAddDefault(_users, key, out var isKnown);
            if (!isKnown)
            {
                sockets.Only = socket;
            }
            else if (sockets.Several is { } several)
            {
                several.Add(socket);
            }
            else
            {
                sockets = (null, [sockets.Only!, socket]);
            }
        }
    }

    /// <summary>Does nothing for a socket that is not here any more.</summary>
    public void Remove(LiveSocket socket)
    {
        if (KeyOf(socket) is not { } key)
        {
            return;
        }

        lock (_gate)
        {
            var (only, several) = _users.GetValueOrDefault(key);
            several?.Remove(socket);
            if (only == socket || several is { Count: 0 })
            {
                _users.Remove(key);
            }
        }
    }

    /// <summary>Those that are open now.</summary>
    public LiveSocket[] Of(string? issuer, string user)
    {
        lock (_gate)
        {
            return _users.GetValueOrDefault((issuer, user)) switch
            {
                ({ } only, _) => [only],
                (_, { } several) => [.. several],
                _ => [],
            };
        }
    }

    /// <summary>By the login that opened it: a newer token of it is of the same user.</summary>
    private static (string? Issuer, string User)? KeyOf(LiveSocket socket) => socket.Origin.Login is { User: { } user, Issuer: var issuer } ? (issuer, user) : null;
}
