using System.Globalization;
using System.Text;
using Xunit;
using YarpWs.EndToEnd.Tests.Access;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Sockets;

/// <summary>How a client ends its connection.</summary>
public enum Ending
{
    /// <summary>It sends nothing more, and goes on reading.</summary>
    Shutdown,

    /// <summary>A close frame, then the end of the connection at once.</summary>
    CloseFrame,

    /// <summary>As the system ends the connections of a process that exits: by FIN, or by RST when something is left unread.</summary>
    Exit,
}

/// <summary>What a client has sent is heard, however it ends: the end is handled behind it.</summary>
public sealed class LastMessagesTests(LastMessagesTests.Wired wired) : IClassFixture<LastMessagesTests.Wired>
{
    private const int Count = 50;

    /// <summary>Room servers have no TLS of their own.</summary>
    public static TheoryData<Carrier, bool, Ending> Ways =>
    [
        .. from carrier in Enum.GetValues<Carrier>()
           from throughGateway in new[] { true, false }
           from ending in Enum.GetValues<Ending>()
           where throughGateway || carrier is Carrier.Http1 or Carrier.Http2
           select (carrier, throughGateway, ending),
    ];

    [Theory]
    [MemberData(nameof(Ways))]
    public Task Messages_SentBeforeTheEnd_AreAllHeard(Carrier carrier, bool throughGateway, Ending ending) => RepeatAsync(carrier, throughGateway, ending, times: 3);

    [Theory(Explicit = true)]
    [Trait("Category", "Long")]
    [MemberData(nameof(Ways))]
    public Task Messages_SentBeforeTheEnd_AreAllHeard_AHundredTimes(Carrier carrier, bool throughGateway, Ending ending) =>
        RepeatAsync(carrier, throughGateway, ending, times: 100);

    private async Task RepeatAsync(Carrier carrier, bool throughGateway, Ending ending, int times)
    {
        var room = TestCluster.Room();
        var server = (throughGateway ? wired.Cluster.Listeners : wired.Cluster.ListenersOf(0))[WireGateway.EndpointOf(carrier)];
        await using var ben = await wired.Cluster.JoinAsync(room, "ben");
        for (var time = 0; time < times; time++)
        {
            var sent = Enumerable.Range(0, Count).Select(number => string.Create(CultureInfo.InvariantCulture, $"{time}.{number}")).ToList();
            await SendAndEndAsync(carrier, server, room, sent, ending);

            foreach (var text in sent)
            {
                await ben.ExpectAsync(text);
            }
        }
    }

    private static async Task SendAndEndAsync(Carrier carrier, Uri server, string room, List<string> texts, Ending ending)
    {
        await using var ann = await WireClient.ConnectAsync(carrier, server, $"/ws/start/{room}", token: Tokens.For("ann"));
        var frames = texts.SelectMany(text => Frames.Of(Opcode.Text, Encoding.UTF8.GetBytes($$"""{"message": "{{text}}"}""")));
        switch (ending)
        {
            case Ending.Shutdown:
                await ann.SendAsync(frames.ToArray());
                await ann.EndAsync();
                break;
            case Ending.CloseFrame:
                await ann.SendAsync((byte[])[.. frames, .. Frames.Of(Opcode.Close, [3, 232])]);
                ann.Exit();
                break;
            default:
                await ann.SendAsync(frames.ToArray());
                ann.Exit();
                break;
        }
    }

    public sealed class Wired : IAsyncLifetime
    {
        private readonly EmbeddedGarnet _redis = new();

        public TestCluster Cluster { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            await _redis.StartAsync();
            Cluster = await TestCluster.StartAsync(
                _redis,
                [.. Http2Socket.Endpoint, .. WireCertificate.Endpoint, .. Http2Socket.Endpoint.Select(setting => (TestCluster.ForBackends + setting.Key, setting.Value))]);
        }

        public async ValueTask DisposeAsync()
        {
            await Cluster.DisposeAsync();
            await _redis.DisposeAsync();
        }
    }
}
