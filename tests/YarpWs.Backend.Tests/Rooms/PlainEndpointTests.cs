using System.Diagnostics.Metrics;
using Xunit;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Tests.Node;
using YarpWs.Platform.Transport;
using YarpWs.Tests.Redis;

namespace YarpWs.Backend.Tests.Rooms;

/// <summary>Clients of <c>/ws/start/{room}</c>, over the network.</summary>
public sealed class PlainEndpointTests(NodeOnGarnet fixture) : IClassFixture<NodeOnGarnet>
{
    /// <summary>A Redis that is killed is soon missed, and no command waits for it for long.</summary>
    private static readonly (string, string)[] SoonMissed = [("Redis:ProbeInterval", "00:00:00.1"), ("Redis:CommandTimeout", "00:00:02")];

    private readonly TestNode _node = fixture.Node;
    private readonly string _room = "r" + Guid.NewGuid().ToString("N");

    [Fact]
    public async Task Message_ReachesEveryMember_TheSenderIncluded()
    {
        await using var ann = await WireRequest.OpenAsync(_node, _room);
        await using var ben = await WireRequest.OpenAsync(_node, _room);

        await ann.SendAsync("""{"message": "hello"}""");

        await ann.ExpectAsync("hello");
        await ben.ExpectAsync("hello");
    }

    [Fact]
    public async Task Messages_ReachACrowd_InOrder_WithOneSystemCallForMany()
    {
        // More than one call takes.
        var members = await Task.WhenAll(Enumerable.Range(0, SendBatch.Capacity + 40).Select(_ => WireRequest.OpenAsync(_node, _room)));
        string[] sent = [.. Enumerable.Range(0, 10).Select(number => $"message {number}")];

        foreach (var text in sent)
        {
            await members[0].SendAsync($$"""{"message": "{{text}}"}""");
        }

        foreach (var member in members)
        {
            foreach (var text in sent)
            {
                await member.ExpectAsync(text);
            }
        }

        using var ring = SendRing.TryOpen(1, out _);
        Assert.Equal(ring is not null, _node.Get<SendBatches>().Count > 0);
        foreach (var member in members)
        {
            await member.DisposeAsync();
        }
    }

    [Fact]
    public async Task Room_IsTheGroupWithThePrefix_InTheHubOfTheSettings()
    {
        await using var ann = await WireRequest.OpenAsync(_node, _room);

        await _node.PublishAsync(TestNode.Group("push_" + _room), "pushed");

        await ann.ExpectAsync("pushed");
    }

    [Theory]
    [InlineData("%72oom")]
    [InlineData("room/")]
    [InlineData("room?x=1")]
    public async Task Rooms_WrittenInOtherWays_AreTheSame(string room)
    {
        await using var ann = await WireRequest.OpenAsync(_node, room);

        await ann.SendAsync("""{"message": "hello"}""");
        await ann.ExpectAsync("hello");

        Assert.True(await _node.Groups.ExistsAsync(TestNode.Group("push_room")));
    }

    [Fact]
    public async Task Attributed_IsSelected_WhenOffered_AndNamesTheTokensUser()
    {
        await using var ann = await WireRequest.OpenAsync(_node, _room, "Sec-WebSocket-Protocol: other, attributed.yarpws.v1");

        await ann.SendAsync("""{"message": "hello"}""");

        await ann.ExpectAsync("""{"message":"hello","from":"ann","node":"a"}""");
    }

    [Theory]
    [InlineData("other, attributed.yarpws.v1", "attributed.yarpws.v1")]
    [InlineData("other", null)]
    [InlineData("ATTRIBUTED.yarpws.v1", null)]
    public async Task Subprotocol_IsAnswered_OnlyWhenItIsSpoken(string offered, string? answered)
    {
        await using var answer = await WireRequest.SendAsync(
            _node, "GET", $"/ws/start/{_room}", [.. WireRequest.Handshake(), $"Sec-WebSocket-Protocol: {offered}"]);

        Assert.Equal((101, answered), (answer.Status, answer.Header("Sec-WebSocket-Protocol")));
    }

    [Fact]
    public async Task InvalidMessage_ClosesItsSender_AndReachesNobody()
    {
        await using var ann = await WireRequest.OpenAsync(_node, _room);
        await using var ben = await WireRequest.OpenAsync(_node, _room);

        await ann.SendAsync("""{"message": 5}""");
        await ann.ExpectCloseAsync(CloseCode.InvalidMessage);
        await ben.SendAsync("""{"message": "unharmed"}""");

        await ben.ExpectAsync("unharmed");
    }

    [Fact]
    public async Task Member_WhoClosed_IsGone_SoonAfterItsConnection()
    {
        await using var ann = await WireRequest.OpenAsync(_node, _room);
        await ann.SendCloseAsync(1000);
        Assert.Equal(1000, (await ann.ReadFrameAsync())?.CloseCode);

        Assert.Null(await ann.ReadFrameAsync("the end of the connection"));

        using var deadline = new CancellationTokenSource(Deadline.Length);
        while (await _node.Groups.ExistsAsync(TestNode.Group("push_" + _room)))
        {
            await Eventually.AgainAsync(deadline.Token);
        }
    }

    [Fact]
    public async Task Request_IsOver_WhileItsSocketLives()
    {
        Assert.SkipUnless(EventLoops.AreSupported, "Elsewhere the socket stays with its request.");
        await using var redis = new EmbeddedGarnet();
        await redis.StartAsync();
        await using var node = await TestNode.StartAsync(redis, "t");
        using var meters = new MeterListener();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "http.server.active_requests" && instrument.Meter.Scope == node.Get<IMeterFactory>())
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        meters.SetMeasurementEventCallback<long>((_, change, _, _) =>
        {
            if (change < 0)
            {
                ended.TrySetResult();
            }
        });
        meters.Start();
        await using var ann = await WireRequest.OpenAsync(node, "blue");

        await ended.Task.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);

        await ann.SendAsync("""{"message": "hello"}""");
        await ann.ExpectAsync("hello");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Member_WhoVanishes_LeavesItsGroup_AndHoldsUpNoDrain(bool isReset)
    {
        await using var redis = new EmbeddedGarnet();
        await redis.StartAsync();
        await using var node = await TestNode.StartAsync(redis, "t");
        await using var ann = await WireRequest.SendAsync(node, "GET", "/ws/start/blue", WireRequest.Handshake());
        var drained = node.Get<ConnectionTable>().DrainAsync();
        Assert.False(drained.IsCompleted);

        ann.End(isReset);

        await drained.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
        Assert.False(await node.Groups.ExistsAsync(TestNode.Group("push_blue")));
    }

    [Fact]
    public async Task Stop_TellsEveryClientToComeBack_AndWaitsForThem()
    {
        await using var redis = new EmbeddedGarnet();
        await redis.StartAsync();
        var node = await TestNode.StartAsync(redis, "t");
        await using var ann = await WireRequest.OpenAsync(node, "blue");
        await using var ben = await WireRequest.OpenAsync(node, "green");

        var stopping = node.DisposeAsync().AsTask();
        await ann.ExpectCloseAsync(CloseCode.ServiceRestart);
        await ben.ExpectCloseAsync(CloseCode.ServiceRestart);

        await stopping.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
        Assert.Single(node.Logs.Lines, line => line.Event.Id == 2011);
    }

    [Fact]
    public async Task Stop_CutsOff_WhoHasNotLeftAtTheDeadline()
    {
        await using var redis = new EmbeddedGarnet();
        await redis.StartAsync();
        var node = await TestNode.StartAsync(redis, "t", ("Drain:Deadline", "00:00:01"), ("Connections:CloseTimeout", "00:01:00"));
        await using var ann = await WireRequest.OpenAsync(node, "blue");

        await node.DisposeAsync().AsTask().WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);

        Assert.Equal(CloseCode.ServiceRestart.Number, (await ann.ReadFrameAsync())?.CloseCode);
        Assert.Null(await ann.ReadFrameAsync("the end of the connection"));
        Assert.Single(node.Logs.Lines, line => line.Event.Id == 2012);
    }

    [Fact]
    public async Task Message_ThatWaitsTooLongForRedis_ClosesItsSenderWith1013()
    {
        await using var redis = new EmbeddedGarnet();
        await redis.StartAsync();
        await using var node = await TestNode.StartAsync(redis, "t", [.. SoonMissed, ("Connections:SendPatience", "00:00:00")]);
        await using var ann = await WireRequest.OpenAsync(node, "blue");

        await redis.KillAsync();
        await node.Logs.WaitForAsync(eventId: 2200);
        await ann.SendAsync("""{"message": "hello"}""");

        await ann.ExpectCloseAsync(CloseCode.TryAgainLater);
    }

    [Fact]
    public async Task Join_ThatFailsUnexpectedly_KeepsNoPlace()
    {
        await using var redis = new EmbeddedGarnet();
        await redis.StartAsync();
        await using var node = await TestNode.StartAsync(redis, "t", ("Connections:MaxConnections", "1"));
        var head = node.Names.Head(TestNode.Group("push_blue"));
        await node.Redis.Database.HashSetAsync(head, "position", "1.5");

        for (var i = 0; i < 2; i++)
        {
            await using var failed = await WireRequest.SendAsync(node, "GET", "/ws/start/blue", WireRequest.Handshake());
            Assert.Equal(500, failed.Status);
        }

        Assert.Empty(node.Groups.Groups);
        await node.Redis.Database.KeyDeleteAsync(head);
        await using var ann = await WireRequest.OpenAsync(node, "blue");
        await ann.SendAsync("""{"message": "hello"}""");
        await ann.ExpectAsync("hello");
    }

    [Fact]
    public async Task Member_WhoVanishes_WhileItsMessagesWaitForRedis_IsWaitedForAsLongAsSendPatience_AndTheLogTellsWhatIsLost()
    {
        await using var redis = new EmbeddedGarnet();
        await redis.StartAsync();
        await using var node = await TestNode.StartAsync(redis, "t", [.. SoonMissed, ("Connections:SendPatience", "00:00:01")]);
        var ann = await WireRequest.OpenAsync(node, "blue");
        await redis.KillAsync();
        await node.Logs.WaitForAsync(eventId: 2200);
        await ann.SendAsync("""{"message": "waits"}""");
        await ann.SendAsync("""{"message": "waits behind it"}""");
        var drained = node.Get<ConnectionTable>().DrainAsync();

        await ann.DisposeAsync();

        await drained.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
        Assert.StartsWith("2 messages ", (await node.Logs.WaitForAsync(eventId: 2005)).Text, StringComparison.Ordinal);
    }
}
