using System.Globalization;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Outages;

/// <summary>A backend dies without a word, while messages are under way.</summary>
public sealed class KilledBackendTests
{
    private const string Last = "that is all";

    /// <summary>How many messages each victim hears before the kill, and again after it.</summary>
    private const int Messages = 200;

    [Fact]
    public async Task Kill_EndsItsClientsAtOnce_WhoComeBack_AndNobodyElseNotices()
    {
        await using var garnet = new EmbeddedGarnet();
        await garnet.StartAsync();
        await using var cluster = await ProcessCluster.StartAsync(
            garnet, ("Connections:MessagesPerSecond", "100000"), ("Connections:MessageBurst", "100000"));
        await using var room = new Room(cluster);
        var (sender, survivor) = await room.JoinAsync();
        var members = await room.JoinAsync(count: 8);
        var neighbours = members.Where(member => member.Node == survivor).Select(member => member.Client).ToList();
        var victims = members.Where(member => member.Node != survivor).Select(member => member.Client).ToList();
        Assert.NotEmpty(neighbours);
        Assert.NotEmpty(victims);

        using var enough = new CancellationTokenSource();
        var sending = SendOneByOneAsync(sender, enough.Token);
        var hearing = neighbours.Select(neighbour => HearAsync(neighbour)).ToList();
        await Task.WhenAll(victims.Select(victim => HearAsync(victim, Messages)));

        cluster.KillBackend(1 - survivor);
        await Task.WhenAll(victims.Select(ExpectCloseOrEndAsync));
        var returned = await room.JoinAsync(victims.Count);
        await Task.WhenAll(returned.Select(member => HearAsync(member.Client, Messages)));
        await enough.CancelAsync();
        var sent = await sending;

        Assert.All(returned, member => Assert.Equal(survivor, member.Node));
        Assert.All(await Task.WhenAll(hearing), heard => Assert.Equal((1, sent), heard));
    }

    /// <summary>Sends 1, 2, 3, … each when the one before has come back, then <see cref="Last"/>; answers how many.</summary>
    private static async Task<int> SendOneByOneAsync(RawWebSocket sender, CancellationToken enough)
    {
        for (var number = 1; ; number++)
        {
            var text = enough.IsCancellationRequested ? Last : number.ToString(CultureInfo.InvariantCulture);
            await sender.SendAsync($$"""{"message": "{{text}}"}""");
            while (await HearOneAsync(sender) != text)
            {
            }

            if (text == Last)
            {
                return number - 1;
            }
        }
    }

    /// <summary>Hears numbers, each the one after the one before, so many or to the last; answers the first and the last of them.</summary>
    private static async Task<(int First, int Last)> HearAsync(RawWebSocket client, int count = int.MaxValue)
    {
        var (first, last) = (0, 0);
        while (first == 0 || last - first + 1 < count)
        {
            var text = await HearOneAsync(client);
            if (text == Last)
            {
                break;
            }

            // What is no number is a newcomer asking where it is.
            if (int.TryParse(text, CultureInfo.InvariantCulture, out var number))
            {
                Assert.True(first == 0 || number == last + 1, $"Heard {number} after {last}.");
                (first, last) = (first == 0 ? number : first, number);
            }
        }

        return (first, last);
    }

    private static async Task<string> HearOneAsync(RawWebSocket client)
    {
        var frame = await client.ReadFrameAsync("the next message");
        Assert.True(frame is not null, "Expected a message, but the connection ended.");
        Assert.Equal(Opcode.Text, frame.Opcode);
        return AttributedMessage.Parse(frame.Text).Message;
    }

    private static async Task ExpectCloseOrEndAsync(RawWebSocket victim)
    {
        try
        {
            while (await victim.ReadFrameAsync("a close frame or the end") is { Opcode: not Opcode.Close })
            {
            }
        }
        catch (IOException)
        {
            // A reset is an end too.
        }
    }

    /// <summary>The clients of one room, and which node each is on.</summary>
    private sealed class Room(ProcessCluster cluster) : IAsyncDisposable
    {
        private readonly string _name = TestCluster.Room();
        private readonly List<RawWebSocket> _clients = [];

        public async Task<(RawWebSocket Client, int Node)> JoinAsync()
        {
            var client = await cluster.JoinAsync(_name, $"user{_clients.Count}");
            _clients.Add(client);
            return (client, await ProcessCluster.NodeOfAsync(client));
        }

        public async Task<List<(RawWebSocket Client, int Node)>> JoinAsync(int count)
        {
            var members = new List<(RawWebSocket Client, int Node)>();
            while (members.Count < count)
            {
                members.Add(await JoinAsync());
            }

            return members;
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var client in _clients)
            {
                await client.DisposeAsync();
            }
        }
    }
}
