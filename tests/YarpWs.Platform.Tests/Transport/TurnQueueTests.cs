using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Tests.Transport;

public sealed class TurnQueueTests : IDisposable
{
    private readonly TurnQueue _queue = new();
    private readonly List<SocketPair> _pairs = [];

    public void Dispose() => _pairs.ForEach(pair => pair.Dispose());

    [Fact]
    public async Task Few_HaveTheirTurns_InTheOrderInWhichTheyCame()
    {
        var sockets = await OpenAsync(10, party: 1);
        sockets.ForEach(socket => _queue.Add(socket, SocketEvents.Readable));

        Assert.Equal(sockets, TakeAll());
    }

    [Fact]
    public async Task Socket_ThatIsReportedAgain_StandsInItOnce_WithAllThatWasReported()
    {
        var socket = (await OpenAsync(1, party: null))[0];
        _queue.Add(socket, SocketEvents.Readable);
        _queue.Add(socket, SocketEvents.PeerClosed);

        Assert.Same(socket, _queue.Take(out var events));
        Assert.Equal(SocketEvents.Readable | SocketEvents.PeerClosed, events);
        Assert.True(_queue.IsEmpty);
    }

    [Fact]
    public async Task Crowd_OfOneParty_DoesNotMakeAnotherPartyWait()
    {
        var crowd = await OpenAsync(200, party: 1);
        var few = await OpenAsync(3, party: 2);
        crowd.ForEach(socket => _queue.Add(socket, SocketEvents.Readable));
        few.ForEach(socket => _queue.Add(socket, SocketEvents.Readable));

        var taken = TakeAll();

        Assert.All(few, socket => Assert.InRange(taken.IndexOf(socket), 0, 16));
        Assert.Equal(203, taken.Distinct().Count());
        Assert.Equal(203, taken.Count);
    }

    [Fact]
    public async Task ManyParties_HaveNoMoreThanHalfOfTheTurns_OfOneThatCameBefore()
    {
        var crowd = await OpenAsync(50, party: 1);
        List<LoopSocket> parties = [];
        for (var party = 2; party < 52; party++)
        {
            parties.AddRange(await OpenAsync(1, party));
        }

        crowd.ForEach(socket => _queue.Add(socket, SocketEvents.Readable));
        parties.ForEach(socket => _queue.Add(socket, SocketEvents.Readable));

        Assert.InRange(TakeAll().Take(60).Count(crowd.Contains), 30, 60);
    }

    [Fact]
    public async Task Sockets_ThatComeAgainAndAgain_AreTakenOnceForEachTime()
    {
        var sockets = await OpenAsync(40, party: 1);
        sockets.AddRange(await OpenAsync(4, party: null));
        var turns = new Dictionary<LoopSocket, int>();
        sockets.ForEach(socket => _queue.Add(socket, SocketEvents.Readable));

        // Whoever has had a turn wants the next one.
        for (var i = 0; i < 4_400; i++)
        {
            var socket = _queue.Take(out var events);
            Assert.Equal(SocketEvents.Readable, events);
            turns[socket] = turns.GetValueOrDefault(socket) + 1;
            _queue.Add(socket, SocketEvents.Readable);
        }

        Assert.Equal(44, turns.Count);
        Assert.All(turns.Values, count => Assert.InRange(count, 45, 200));
        Assert.Equal(44, TakeAll().Count);
    }

    private List<LoopSocket> TakeAll()
    {
        var taken = new List<LoopSocket>();
        while (!_queue.IsEmpty)
        {
            taken.Add(_queue.Take(out _));
        }

        return taken;
    }

    private async Task<List<LoopSocket>> OpenAsync(int count, int? party)
    {
        // Their own loop is over when they are used here, and reports nothing of them.
        using var loop = new EventLoop("queue", TimeProvider.System);
        var sockets = new List<LoopSocket>();
        for (var i = 0; i < count; i++)
        {
            var pair = await SocketPair.OpenAsync(loop);
            pair.Near.Party = party;
            _pairs.Add(pair);
            sockets.Add(pair.Near);
        }

        return sockets;
    }
}
