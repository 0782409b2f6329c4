using System.Collections.Concurrent;

namespace YarpWs.Gateway.Sockets;

/// <summary>The sockets that are open now. Any thread may look at any time; a socket on its way in or out may or may not be seen.</summary>
internal sealed class SocketTable
{
    private readonly ConcurrentDictionary<long, LiveSocket> _sockets = new();
    private readonly UserSockets _users = new();
    private long _lastId;

    /// <summary>Raised for each socket that opens, once it is seen in <see cref="All"/>. Handlers must return at once.</summary>
    public event Action<LiveSocket>? Added;

    public int Count => _sockets.Count;

    /// <summary>Walks without a lock: nobody waits to come in, however many there are.</summary>
    public IEnumerable<LiveSocket> All => _sockets.Select(static pair => pair.Value);

    /// <summary>A number for the next socket, higher than all before.</summary>
    public long NextId() => Interlocked.Increment(ref _lastId);

    public LiveSocket? Find(long id) => _sockets.GetValueOrDefault(id);

    /// <summary>Those of one user of one issuer, without a look at any other.</summary>
    public IReadOnlyList<LiveSocket> Of(string? issuer, string user) => _users.Of(issuer, user);

    public void Add(LiveSocket socket)
    {
        _sockets.TryAdd(socket.Origin.Id, socket);
        _users.Add(socket);
        Added?.Invoke(socket);
    }

    public void Remove(LiveSocket socket)
    {
        _sockets.TryRemove(socket.Origin.Id, out _);
        _users.Remove(socket);
    }
}
