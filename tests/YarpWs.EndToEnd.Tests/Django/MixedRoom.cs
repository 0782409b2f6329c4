using StackExchange.Redis;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Django;

/// <summary>
/// One group with members on both sides: one on each of two nodes of rooms, and one on each of two processes of daphne. Four of them talk: both members of rooms, the one on the first daphne, and a view
/// of the second.
/// </summary>
internal sealed class MixedRoom : IAsyncDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private readonly List<ChildProcess> _daphnes = [];
    private readonly List<MixedMember> _members = [];
    private readonly RedisServer _redis;
    private readonly ProcessCluster _rooms;
    private Uri _view = null!;

    private MixedRoom(RedisServer redis, ProcessCluster rooms) => (_redis, _rooms) = (redis, rooms);

    public MixedMember OnNode(int index) => _members[index];

    public MixedMember OnDaphne(int index) => _members[2 + index];

    public bool IsOfRooms(MixedMember member) => _members.IndexOf(member) < 2;

    public IReadOnlyList<MixedMember> Members => _members;

    /// <summary>The node that reads what Django sends.</summary>
    public int Reader { get; private set; }

    /// <param name="redis">Started already.</param>
    /// <param name="layer"><c>Core</c> or <c>PubSub</c>.</param>
    public static async Task<MixedRoom> StartAsync(RedisServer redis, string layer)
    {
        var daphne = Requirements.Find("django", "daphne");
        var prefix = "l" + Guid.NewGuid().ToString("N");
        var room = new MixedRoom(redis, await ProcessCluster.StartAsync(
            redis,
            ("Channels:Layer", layer),
            ("Channels:Prefix", prefix),
            ("Connections:MessagesPerSecond", "100000"),
            ("Connections:MessageBurst", "100000"),
            ("Logging:LogLevel:YarpWs", "Information")));
        try
        {
            await room.StartDjangoAsync(daphne, layer, prefix);
            return room;
        }
        catch
        {
            await room.DisposeAsync();
            throw;
        }
    }

    /// <summary>Has the view send this to the group. False when it failed; whether it was sent is not known then.</summary>
    public async Task<bool> PushAsync(string text)
    {
        using var answer = await _http.GetAsync(new Uri(_view, $"/push/blue?text={text}"), TestContext.Current.CancellationToken);
        return answer.IsSuccessStatusCode;
    }

    public void KillNode(int index) => _rooms.KillBackend(index);

    public void KillDaphne(int index) => _daphnes[index].Kill();

    /// <summary>Cuts every connection to Redis, of both sides.</summary>
    public async Task CutRedisAsync()
    {
        await using var hand = await ConnectionMultiplexer.ConnectAsync(_redis.Configuration + ",allowAdmin=true");
        foreach (var kind in (string[])["pubsub", "normal"])
        {
            await hand.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var member in _members)
        {
            await member.DisposeAsync();
        }

        foreach (var daphne in _daphnes)
        {
            await daphne.DisposeAsync();
        }

        await _rooms.DisposeAsync();
        _http.Dispose();
    }

    private async Task StartDjangoAsync(string daphne, string layer, string prefix)
    {
        KeyValuePair<string, string?>[] environment =
        [
            new("CHANNEL_LAYER", layer == "Core" ? "channels_redis.core.RedisChannelLayer" : "channels_redis.pubsub.RedisPubSubChannelLayer"),
            new("CHANNELS_PREFIX", prefix),
            new("REDIS_URL", $"redis://127.0.0.1:{_redis.Port}/0"),
            new("PYTHONDONTWRITEBYTECODE", "1"),
        ];
        string[] arguments = ["--endpoint", "tcp:port=0:interface=127.0.0.1", "mixed_room:application"];
        for (var i = 0; i < 2; i++)
        {
            _daphnes.Add(ChildProcess.Start(daphne, arguments, Path.Combine(AppContext.BaseDirectory, "Django"), environment));
        }

        var addresses = await Task.WhenAll(_daphnes.Select(server => server.AddressAsync()));
        _view = addresses[1];
        await Eventually.IsAsync(
            _ => Task.FromResult(_rooms.BackendThatSaid("This node reads what Django sends") is not null), "a node to read what Django sends", Deadline.Length);
        Reader = _rooms.BackendThatSaid("This node reads what Django sends")!.Value;

        foreach (var (address, name) in _rooms.Backends.Zip((string[])["a", "b"]))
        {
            _members.Add(await MixedMember.JoinAsync(name, () => RawWebSocket.ConnectAsync(address, "/ws/start/blue", $"Authorization: Bearer {Tokens.For(name)}")));
        }

        foreach (var (address, name) in addresses.Zip((string[])["c", "d"]))
        {
            _members.Add(await MixedMember.JoinAsync(name, () => RawWebSocket.ConnectAsync(address, "/ws/start/blue")));
        }
    }
}
