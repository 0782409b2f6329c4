using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using Xunit;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Protocols;
using YarpWs.Backend.Tests.Node;
using YarpWs.Tests.Logs;

namespace YarpWs.Backend.Tests.Connections;

public sealed class ConnectionTests
{
    /// <summary>Nobody is pinged.</summary>
    private static readonly ConnectionOptions Unhurried = new() { MessageTimeout = TimeSpan.FromSeconds(1), PingInterval = TimeSpan.FromDays(1) };

    [Fact]
    public async Task Frames_AreSent_AsOffered()
    {
        await using var ann = new TestConnection(TestConnection.New());

        ann.Connection.Offer(Frame("hello"));
        ann.Connection.Offer(new Frame(new byte[] { 1, 2 }, WebSocketMessageType.Binary));

        await ann.Client.ExpectAsync("hello");
        var binary = await ann.Client.ReadFrameAsync();
        Assert.Equal((Opcode.Binary, 2), (binary!.Opcode, binary.Payload.Length));
    }

    [Fact]
    public async Task Messages_AreHandled_OneAfterTheOther_InOrder()
    {
        var handled = new List<string>();
        var third = new TaskCompletionSource();
        await using var ann = new TestConnection(TestConnection.New(), async (message, _) =>
        {
            await Task.Yield();
            handled.Add(Encoding.UTF8.GetString(((SendText)message).Text));
            if (handled.Count == 3)
            {
                third.SetResult();
            }

            return null;
        });

        foreach (var text in new[] { "1", "2", "3" })
        {
            await ann.Client.SendAsync($$"""{"message":"{{text}}"}""");
        }

        await third.Task.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
        Assert.Equal(["1", "2", "3"], handled);
    }

    [Theory]
    [InlineData(1000, "")]
    [InlineData(1001, "going away")]
    [InlineData(3000, "")]
    [InlineData(4001, "mine")]
    [InlineData(4999, "last")]
    public async Task ClientsClose_IsEchoed(int number, string reason)
    {
        await using var ann = new TestConnection(TestConnection.New());

        await ann.Client.SendCloseAsync(number, reason);

        var answer = await ann.Client.ReadFrameAsync("the answer to the close frame");
        Assert.Equal((Opcode.Close, number, reason), (answer!.Opcode, answer.CloseCode, answer.CloseReason));
        Assert.Equal(CloseCode.ClosedByClient, await ann.Ended);
    }

    [Fact]
    public async Task ClientsClose_WithoutACode_IsAnswered()
    {
        await using var ann = new TestConnection(TestConnection.New());

        await ann.Client.SendAsync(Opcode.Close, []);

        Assert.Equal(Opcode.Close, (await ann.Client.ReadFrameAsync())?.Opcode);
        Assert.Equal(CloseCode.ClosedByClient, await ann.Ended);
    }

    [Fact]
    public async Task InvalidMessage_ClosesWith1011()
    {
        await using var ann = new TestConnection(TestConnection.New());

        await ann.Client.SendAsync("""{"message": 5}""");

        await ann.Client.ExpectCloseAsync(CloseCode.InvalidMessage);
        Assert.Equal(CloseCode.InvalidMessage, await ann.Ended);
    }

    [Fact]
    public async Task TooBigMessage_ClosesWith1009_BeforeItsEnd()
    {
        await using var ann = new TestConnection(TestConnection.New(new ConnectionOptions { MaxMessageBytes = 10 }));

        await ann.Client.SendAsync(Opcode.Text, new byte[11], isFinal: false);

        await ann.Client.ExpectCloseAsync(CloseCode.MessageTooBig);
    }

    [Fact]
    public async Task TooManyMessages_CloseWith1008()
    {
        var limits = new ConnectionOptions { MessagesPerSecond = 1, MessageBurst = 2 };
        await using var ann = new TestConnection(TestConnection.New(limits, new ObservedTime()));

        for (var i = 0; i < 3; i++)
        {
            await ann.Client.SendAsync("""{"message": "x"}""");
        }

        await ann.Client.ExpectCloseAsync(CloseCode.RateExceeded);
    }

    [Fact]
    public async Task CodeOfTheHandler_ClosesTheConnection()
    {
        await using var ann = new TestConnection(TestConnection.New(), (_, _) => Task.FromResult<CloseCode?>(CloseCode.TryAgainLater));

        await ann.Client.SendAsync("""{"message": "x"}""");

        await ann.Client.ExpectCloseAsync(CloseCode.TryAgainLater);
    }

    [Theory]
    [InlineData(new byte[] { 0x81, 0x05, 1, 2, 3, 4, 5 }, 1002)] // not masked
    [InlineData(new byte[] { 0xf1, 0x80, 0, 0, 0, 0 }, 1002)] // reserved bits
    [InlineData(new byte[] { 0x80, 0x80, 0, 0, 0, 0 }, 1002)] // a continuation of nothing
    [InlineData(new byte[] { 0x81, 0x81, 0, 0, 0, 0, 0xff }, 1007)] // text that is not UTF-8
    public async Task ProtocolFault_IsAnsweredAsRfc6455Says(byte[] bytes, int number)
    {
        await using var ann = new TestConnection(TestConnection.New());

        await ann.Client.SendBytesAsync(bytes);

        Assert.Equal(number, (await ann.Client.ReadFrameAsync("a close frame"))?.CloseCode);
        await ann.Client.DisposeAsync();
        Assert.Equal(CloseCode.ProtocolError, await ann.Ended);
    }

    [Fact]
    public async Task SlowClient_IsClosed_AndOthersStillReceive()
    {
        var limits = new ConnectionOptions { MaxOutboxBytes = 64 * 1024 };
        var time = new ObservedTime();
        await using var slow = new TestConnection(TestConnection.New(limits, time), buffer: 1024);
        await using var other = new TestConnection(TestConnection.New(limits, time));
        var text = new string('x', 1000);

        for (var i = 0; i < 100; i++)
        {
            slow.Connection.Offer(Frame(text));
            other.Connection.Offer(Frame(text));
            await other.Client.ExpectAsync(text);
        }

        await time.PassAsync(limits.CloseTimeout);
        Assert.Equal(CloseCode.TooSlow, await slow.Ended);
        Assert.False(other.HasEnded);
    }

    [Fact]
    public async Task SlowClient_WhoReadsInTheEnd_IsToldWhy_AndNotGivenWhatWaited()
    {
        var limits = new ConnectionOptions { MaxOutboxBytes = 64 * 1024 };
        await using var ann = new TestConnection(TestConnection.New(limits, new ObservedTime()), buffer: 1024);
        for (var i = 0; i < 100; i++)
        {
            ann.Connection.Offer(Frame(new string('x', 1000)));
        }

        var frames = new List<WireFrame>();
        while (frames.LastOrDefault() is not { Opcode: Opcode.Close })
        {
            frames.Add((await ann.Client.ReadFrameAsync("a close frame"))!);
        }

        Assert.Equal(4001, frames[^1].CloseCode);
        Assert.InRange(frames.Count, 1, 10);
    }

    [Fact]
    public async Task FloodOfPings_FromAClientWhoNeverReads_ClosesItAsTooSlow()
    {
        var limits = new ConnectionOptions { MaxOutboxBytes = 64 * 1024 };
        var time = new ObservedTime();
        await using var ann = new TestConnection(TestConnection.New(limits, time), buffer: 1024);

        for (var i = 0; i < 1000; i++)
        {
            await ann.Client.SendAsync(Opcode.Ping, new byte[125]);
        }

        await time.PassAsync(limits.CloseTimeout);
        Assert.Equal(CloseCode.TooSlow, await ann.Ended);
    }

    [Fact]
    public async Task LargeFrame_ArrivesWhole_BetweenSmallOnes()
    {
        await using var ann = new TestConnection(TestConnection.New(), buffer: 1024);
        var large = new string('x', 1_000_000);

        ann.Connection.Offer(Frame("before"));
        ann.Connection.Offer(Frame(large));
        ann.Connection.Offer(Frame("behind"));

        await ann.Client.ExpectAsync("before", large, "behind");
    }

    [Fact]
    public async Task FramesOfManyThreads_AllArrive_EachThreadsInOrder()
    {
        const int Threads = 4;
        const int Each = 500;
        await using var ann = new TestConnection(TestConnection.New(), buffer: 1024);
        var offering = Enumerable.Range(0, Threads).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                ann.Connection.Offer(Frame($"{thread} {i}"));
            }
        }));

        var next = new int[Threads];
        var all = Task.WhenAll(offering);
        for (var i = 0; i < Threads * Each; i++)
        {
            var words = Encoding.UTF8.GetString((await ann.Client.ReadFrameAsync("a frame"))!.Payload).Split(' ');
            var thread = int.Parse(words[0], CultureInfo.InvariantCulture);
            Assert.Equal(next[thread]++, int.Parse(words[1], CultureInfo.InvariantCulture));
        }

        await all;
    }

    [Fact]
    public async Task FirstClose_Wins()
    {
        await using var ann = new TestConnection(TestConnection.New());

        ann.Connection.Close(CloseCode.ServiceRestart);
        ann.Connection.Close(CloseCode.MessagesLost);

        await ann.Client.ExpectCloseAsync(CloseCode.ServiceRestart);
        Assert.Equal(CloseCode.ServiceRestart, await ann.Ended);
    }

    [Fact]
    public async Task Close_BeforeTheConnectionRuns_StillSaysGoodbye()
    {
        var connection = TestConnection.New();
        connection.Offer(Frame("early"));
        connection.Close(CloseCode.ServiceRestart);

        await using var ann = new TestConnection(connection);

        await ann.Client.ExpectAsync("early");
        await ann.Client.ExpectCloseAsync(CloseCode.ServiceRestart);
    }

    [Fact]
    public async Task QueuedFrames_AreSent_BeforeGoodbye()
    {
        await using var ann = new TestConnection(TestConnection.New(), buffer: 1024);
        var texts = Enumerable.Range(0, 50).Select(i => $"{i}".PadLeft(500)).ToArray();
        foreach (var text in texts)
        {
            ann.Connection.Offer(Frame(text));
        }

        ann.Connection.Close(CloseCode.ServiceRestart);

        await ann.Client.ExpectAsync(texts);
        await ann.Client.ExpectCloseAsync(CloseCode.ServiceRestart);
    }

    [Fact]
    public async Task Offer_AfterTheEnd_DoesNothing()
    {
        var ann = new TestConnection(TestConnection.New());
        await ann.DisposeAsync();

        ann.Connection.Offer(Frame("too late"));

        Assert.Equal(CloseCode.Broken, await ann.Ended);
    }

    [Fact]
    public async Task Client_WhoDoesNotAnswerTheClose_IsCutAfterCloseTimeout()
    {
        var time = new ObservedTime();
        var limits = new ConnectionOptions();
        await using var ann = new TestConnection(TestConnection.New(limits, time));
        ann.Connection.Close(CloseCode.ServiceRestart);
        Assert.Equal(1012, (await ann.Client.ReadFrameAsync())?.CloseCode);

        await time.PassAsync(limits.CloseTimeout);
        Assert.Equal(CloseCode.ServiceRestart, await ann.Ended);
    }

    [Fact]
    public async Task Message_AfterTheGoodbye_IsNotHandled()
    {
        var handled = 0;
        await using var ann = new TestConnection(TestConnection.New(), (_, _) =>
        {
            handled++;
            return Task.FromResult<CloseCode?>(null);
        });
        ann.Connection.Close(CloseCode.ServiceRestart);
        Assert.Equal(1012, (await ann.Client.ReadFrameAsync())?.CloseCode);

        await ann.Client.SendAsync("""{"message": "on its way already"}""");
        await ann.Client.SendCloseAsync(1012 + 2000);

        Assert.Equal(CloseCode.ServiceRestart, await ann.Ended);
        Assert.Equal(0, handled);
    }

    [Fact]
    public async Task Handler_ThatWaits_IsCancelledByTheClose()
    {
        var waiting = new TaskCompletionSource();
        await using var ann = new TestConnection(TestConnection.New(), async (_, cancelled) =>
        {
            waiting.SetResult();
            await new TaskCompletionSource().Task.WaitAsync(cancelled);
            return null;
        });
        await ann.Client.SendAsync("""{"message": "for a Redis that is away"}""");
        await waiting.Task.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);

        ann.Connection.Close(CloseCode.ServiceRestart);

        await ann.Client.ExpectCloseAsync(CloseCode.ServiceRestart);
        Assert.Equal(CloseCode.ServiceRestart, await ann.Ended);
    }

    [Fact]
    public async Task EndOfTheConnection_WithoutACloseFrame_IsBroken()
    {
        await using var ann = new TestConnection(TestConnection.New());

        await ann.Client.DisposeAsync();

        Assert.Equal(CloseCode.Broken, await ann.Ended);
    }

    [Fact]
    public async Task ClientWhoAnswersNoPing_IsCut()
    {
        var limits = new ConnectionOptions();
        await using var ann = new TestConnection(TestConnection.New(limits));

        ann.Connection.Watch(TimeSpan.Zero);
        ann.Connection.Watch(limits.PingInterval);
        Assert.Equal(Opcode.Ping, (await ann.Client.ReadFrameAsync("a ping"))?.Opcode);
        ann.Connection.Watch(limits.PongTimeout);

        Assert.Equal(CloseCode.Broken, await ann.Ended);
        Assert.Null(await ann.Client.ReadFrameAsync("the end of the connection"));
    }

    [Fact]
    public async Task ClientWhoAnswersPings_IsNotCut()
    {
        var limits = new ConnectionOptions();
        await using var ann = new TestConnection(TestConnection.New(limits));

        for (var i = 0; i < 3; i++)
        {
            ann.Connection.Watch(TimeSpan.Zero);
            ann.Connection.Watch(limits.PingInterval);
            Assert.Equal(Opcode.Ping, (await ann.Client.ReadFrameAsync("a ping"))?.Opcode);
            await ann.Client.SendAsync(Opcode.Pong, []);

            // Before it reads the second of these, the connection has come back for more after the answer.
            foreach (var payload in new byte[] { 1, 2 })
            {
                await ann.Client.SendAsync(Opcode.Ping, [payload]);
                Assert.Equal(Opcode.Pong, (await ann.Client.ReadFrameAsync("a pong"))?.Opcode);
            }

            ann.Connection.Watch(limits.PongTimeout);
        }

        Assert.False(ann.HasEnded);
    }

    [Fact]
    public async Task ClientWhoIsNotReadFrom_IsNotCutForItsSilence()
    {
        var limits = new ConnectionOptions();
        var waiting = new TaskCompletionSource();
        var release = new TaskCompletionSource<CloseCode?>();
        await using var ann = new TestConnection(TestConnection.New(limits), (_, _) =>
        {
            waiting.TrySetResult();
            return release.Task;
        });

        // The second one is there when the first is handled, and is read ahead; then nothing more is.
        byte[] frame = [0x81, 0x80 | 16, 0, 0, 0, 0, .. """{"message": "x"}"""u8];
        await ann.Client.SendBytesAsync((byte[])[.. frame, .. frame]);
        await waiting.Task.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);

        ann.Connection.Watch(limits.PingInterval);
        ann.Connection.Watch(limits.PingInterval);
        ann.Connection.Watch(limits.PongTimeout);
        ann.Connection.Offer(Frame("no ping before this"));

        await ann.Client.ExpectAsync("no ping before this");
        release.SetResult(null);
    }

    [Fact]
    public async Task AbortedRequest_IsBroken_ThoughNoEndIsEverRead()
    {
        var time = new ObservedTime();
        await using var ann = new TestConnection(TestConnection.New(time: time));

        ann.Abort();

        await time.PassAsync(new ConnectionOptions().CloseTimeout);
        Assert.Equal(CloseCode.Broken, await ann.Ended);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Messages_SentBeforeTheEnd_AreHandledBeforeIt_InOrder(bool byCloseFrame)
    {
        var handled = new List<string>();
        var release = new TaskCompletionSource();
        await using var ann = new TestConnection(TestConnection.New(), async (message, _) =>
        {
            await release.Task;
            handled.Add(Encoding.UTF8.GetString(((SendText)message).Text));
            return null;
        });
        var sent = Enumerable.Range(0, 50).Select(number => number.ToString(CultureInfo.InvariantCulture)).ToList();
        foreach (var text in sent)
        {
            await ann.Client.SendAsync($$"""{"message":"{{text}}"}""");
        }

        if (byCloseFrame)
        {
            await ann.Client.SendCloseAsync(1000);
        }

        await ann.Client.DisposeAsync();
        ann.Connection.ClientLeft();
        release.SetResult();

        Assert.Equal(byCloseFrame ? CloseCode.ClosedByClient : CloseCode.Broken, await ann.Ended);
        Assert.Equal(sent, handled);
    }

    [Fact]
    public async Task Messages_OfAClientThatTakesNothingAnyMore_AreHandled()
    {
        var handled = 0;
        var release = new TaskCompletionSource();
        await using var ann = new TestConnection(TestConnection.New(), async (_, _) =>
        {
            await release.Task;
            handled++;
            return null;
        });
        await ann.Client.SendAsync("""{"message":"1"}""");
        await ann.Client.SendAsync("""{"message":"2"}""");
        ann.BreakSending();
        ann.Connection.Offer(Frame("nobody gets this"));
        await ann.Client.DisposeAsync();

        release.SetResult();

        Assert.Equal(CloseCode.Broken, await ann.Ended);
        Assert.Equal(2, handled);
    }

    [Fact]
    public async Task Messages_OfAClientThatLeft_WaitForRedisAsLongAsSendPatience_AndTheLogCountsWhatIsDropped()
    {
        var time = new ObservedTime();
        var limits = new ConnectionOptions();
        using var logs = new LogCollector();
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var ann = new TestConnection(TestConnection.New(limits, time, logs), async (_, cancelled) =>
        {
            waiting.TrySetResult();
            await new TaskCompletionSource().Task.WaitAsync(cancelled);
            return null;
        });
        for (var i = 0; i < 3; i++)
        {
            await ann.Client.SendAsync("""{"message":"for a Redis that is away"}""");
        }

        await waiting.Task.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
        await ann.Client.DisposeAsync();
        ann.Connection.ClientLeft();

        await time.PassAsync(limits.SendPatience);
        Assert.Equal(CloseCode.Broken, await ann.Ended);
        Assert.StartsWith("3 messages ", Assert.Single(logs.Lines, line => line.Event.Id == 2005).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_ThatLeftAfterAFault_IsNoWarning()
    {
        using var logs = new LogCollector();
        await using var ann = new TestConnection(TestConnection.New(logs: logs));
        await ann.Client.SendAsync("no message");
        await ann.Client.SendAsync("""{"message":"behind it"}""");
        await ann.Client.DisposeAsync();
        ann.Connection.ClientLeft();

        Assert.Equal(CloseCode.InvalidMessage, await ann.Ended);
        Assert.DoesNotContain(logs.Lines, line => line.Event.Id == 2005);
    }

    [Fact]
    public async Task Message_ThatNeverEnds_ClosesWith1008_AfterMessageTimeout()
    {
        await using var ann = new TestConnection(TestConnection.New(Unhurried));
        await ann.Client.SendAsync(Opcode.Text, "never"u8.ToArray(), isFinal: false);

        // Looks before it has been read do nothing.
        var closing = ann.Client.ReadFrameAsync("a close frame");
        while (!closing.IsCompleted)
        {
            ann.Connection.Watch(Unhurried.MessageTimeout / 2);
            await Task.Yield();
        }

        Assert.Equal((1008, CloseCode.MessageTimeout.Reason), ((await closing)!.CloseCode, (await closing)!.CloseReason));
        await ann.Client.SendCloseAsync(1008);
        Assert.Equal(CloseCode.MessageTimeout, await ann.Ended);
    }

    [Fact]
    public async Task Messages_ThatEnd_AreNeverTooSlow_HoweverManyFollowEachOther()
    {
        using var handled = new SemaphoreSlim(0);
        await using var ann = new TestConnection(TestConnection.New(Unhurried), (_, _) =>
        {
            handled.Release();
            return Task.FromResult<CloseCode?>(null);
        });

        for (var i = 0; i < 5; i++)
        {
            await ann.Client.SendAsync(Opcode.Text, """{"message":"""u8.ToArray(), isFinal: false);
            ann.Connection.Watch(Unhurried.MessageTimeout - TimeSpan.FromTicks(1));
            await ann.Client.SendAsync(Opcode.Continuation, "\"x\"}"u8.ToArray());
            Assert.True(await handled.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken));
        }

        Assert.False(ann.HasEnded);
    }

    [Fact]
    public async Task Client_ThatBrokeTheProtocol_ReadsTheCloseFrame_ThenTheEnd_AndIsReadToItsOwn()
    {
        await using var ann = new TestConnection(TestConnection.New());

        await ann.Client.SendBytesAsync(new byte[] { 0x81, 0x05, 1, 2, 3, 4, 5 });

        Assert.Equal(1002, (await ann.Client.ReadFrameAsync("a close frame"))?.CloseCode);
        Assert.Null(await ann.Client.ReadFrameAsync("the end of what is sent"));
        Assert.False(ann.HasEnded);
        await ann.Client.SendBytesAsync(new byte[100_000]);
        await ann.Client.DisposeAsync();
        Assert.Equal(CloseCode.ProtocolError, await ann.Ended);
    }

    [Fact]
    public async Task ConnectionThatCannotBeWritten_IsBroken_ThoughItsReadingSideIsOpen()
    {
        var time = new ObservedTime();
        await using var ann = new TestConnection(TestConnection.New(time: time));
        ann.BreakSending();

        ann.Connection.Offer(Frame("nobody gets this"));

        await time.PassAsync(new ConnectionOptions().CloseTimeout);
        Assert.Equal(CloseCode.Broken, await ann.Ended);
    }

    [Fact]
    public async Task HandlerThatFails_ClosesWith1011()
    {
        var ann = new TestConnection(TestConnection.New(), (_, _) => throw new InvalidOperationException("a bug"));

        await ann.Client.SendAsync("""{"message": "x"}""");

        await ann.Client.ExpectCloseAsync(CloseCode.InternalError);
        Assert.Equal(CloseCode.InternalError, await ann.Ended);
    }

    [Fact]
    public async Task Ping_IsAnsweredWhileAMessageWaits()
    {
        var release = new TaskCompletionSource<CloseCode?>();
        var ann = new TestConnection(TestConnection.New(), (_, _) => release.Task);
        await ann.Client.SendAsync("""{"message": "waits"}""");

        await ann.Client.SendAsync(Opcode.Ping, [1, 2, 3]);
        var pong = await ann.Client.ReadFrameAsync("a pong");
        Assert.Equal(Opcode.Pong, pong?.Opcode);
        Assert.Equal<byte>([1, 2, 3], pong!.Payload);

        release.SetResult(null);
    }

    private static Frame Frame(string text) => new(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text);
}
