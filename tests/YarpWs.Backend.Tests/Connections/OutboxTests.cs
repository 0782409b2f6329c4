using System.Net.WebSockets;
using Xunit;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Protocols;

namespace YarpWs.Backend.Tests.Connections;

public sealed class OutboxTests
{
    /// <summary>What an entry costs besides its payload.</summary>
    private const int Overhead = 64;

    private static readonly Frame Goodbye = Backend.Protocols.Frame.Control([0x88, 0]);

    [Fact]
    public void Offer_IsBoundedInBytes_TheLastOneFittingExactly()
    {
        var outbox = Open(2 * (Overhead + 100));

        Assert.Equal(OfferResult.First, outbox.Offer(Frame(100)));
        Assert.Equal(OfferResult.TooMuch, outbox.Offer(Frame(101)));
        Assert.Equal(OfferResult.Waiting, outbox.Offer(Frame(100)));
        Assert.Equal(OfferResult.TooMuch, outbox.Offer(Frame(0)));
    }

    [Fact]
    public void Offer_OfEmptyMessages_IsBoundedToo()
    {
        var outbox = new Outbox(10 * Overhead);

        Assert.All(Enumerable.Range(0, 10), _ => Assert.Equal(OfferResult.Waiting, outbox.Offer(Frame(0))));
        Assert.Equal(OfferResult.TooMuch, outbox.Offer(Frame(0)));
    }

    [Fact]
    public void Offer_ThatWasRefused_CostsNothing()
    {
        var outbox = new Outbox(1000);

        outbox.Offer(Frame(500 - Overhead));
        Assert.Equal(OfferResult.TooMuch, outbox.Offer(Frame(501 - Overhead)));

        Assert.Equal(500, outbox.Bytes);
        Assert.Equal(OfferResult.Waiting, outbox.Offer(Frame(500 - Overhead)));
    }

    [Fact]
    public void Frame_ThatFindsNothingWaiting_IsTakenWhateverItsSize()
    {
        var outbox = new Outbox(1000);

        Assert.Equal(OfferResult.Waiting, outbox.Offer(Frame(5000)));
        Assert.Equal(OfferResult.TooMuch, outbox.Offer(Frame(0)));
    }

    [Fact]
    public void Bytes_CountTheFrameBeingSent_UntilTheNextIsTaken()
    {
        var outbox = Open(1000);
        outbox.Offer(Frame(1000 - Overhead));

        Assert.True(outbox.TryTake(out _));
        Assert.Equal(1000, outbox.Bytes);
        Assert.Equal(OfferResult.TooMuch, outbox.Offer(Frame(0)));

        Assert.False(outbox.TryTake(out _));
        Assert.Equal(0, outbox.Bytes);
        Assert.Equal(OfferResult.First, outbox.Offer(Frame(0)));
    }

    [Fact]
    public void Frames_ComeOutInTheOrderTheyWentIn()
    {
        var outbox = Open(10_000);
        foreach (var length in new[] { 3, 1, 2 })
        {
            outbox.Offer(Frame(length));
        }

        Assert.Equal([3, 1, 2], Taken(outbox).Select(frame => frame.Payload.Length));
    }

    [Fact]
    public void Turn_IsWithOneAtATime_UntilNothingWaits()
    {
        var outbox = Open(10_000);

        Assert.Equal(OfferResult.First, outbox.Offer(Frame(1)));
        Assert.Equal(OfferResult.Waiting, outbox.Offer(Frame(2)));
        Assert.Equal(2, Taken(outbox).Count());
        Assert.Equal(OfferResult.First, outbox.Offer(Frame(3)));
        Assert.Single(Taken(outbox));
    }

    [Fact]
    public void Turn_IsWithNobody_BeforeThereIsSomewhereToSendTo()
    {
        var outbox = new Outbox(10_000);
        Assert.Equal(OfferResult.Waiting, outbox.Offer(Frame(1)));

        Assert.True(outbox.TryOpen());

        Assert.Equal(OfferResult.Waiting, outbox.Offer(Frame(2)));
        Assert.Equal(2, Taken(outbox).Count());
    }

    [Fact]
    public void Complete_TakesNoMore_AndLeavesWhatWaits()
    {
        var outbox = Open(1000);
        outbox.Offer(Frame(1));

        outbox.Complete();

        Assert.Equal(OfferResult.Closed, outbox.Offer(Frame(2)));
        Assert.Single(Taken(outbox));
    }

    [Fact]
    public void Discard_KeepsTheCloseFrame()
    {
        var outbox = Open(1000);
        outbox.Offer(Frame(1));
        Assert.True(outbox.TryTake(out _));
        outbox.Offer(Frame(2));
        outbox.Close(Goodbye);

        outbox.Discard();

        Assert.Equal([Goodbye], Taken(outbox));
        Assert.Equal(0, outbox.Bytes);
        outbox.Discard();
        Assert.Empty(Taken(outbox));
    }

    [Fact]
    public void Discard_ForgetsWhatWaits_ButNotTheFrameBeingSent()
    {
        var outbox = Open(1000);
        outbox.Offer(Frame(1));
        outbox.Offer(Frame(2));
        outbox.Offer(Frame(3));
        outbox.TryTake(out _);

        outbox.Discard();

        Assert.Equal(1 + Overhead, outbox.Bytes);
        Assert.Equal(OfferResult.Closed, outbox.Offer(Frame(0)));
        Assert.False(outbox.TryTake(out _));
        Assert.Equal(0, outbox.Bytes);
    }

    [Fact]
    public void CloseFrame_StandsBehindWhatWaits_AndNothingBehindIt()
    {
        var outbox = Open(Overhead + 1);
        outbox.Offer(Frame(1));

        Assert.Equal(OfferResult.Waiting, outbox.Close(Goodbye));

        Assert.Equal(OfferResult.Closed, outbox.Offer(Frame(0)));
        Assert.Equal(OfferResult.Closed, outbox.Close(Goodbye));
        Assert.Equal([WebSocketMessageType.Text, WebSocketMessageType.Close], Taken(outbox).Select(frame => frame.Type));
    }

    [Fact]
    public void CloseFrame_IsTaken_AfterTheRestWasDiscarded()
    {
        var outbox = Open(1000);
        outbox.Offer(Frame(1));
        outbox.TryTake(out _);
        outbox.Discard();

        Assert.Equal(OfferResult.Waiting, outbox.Close(Goodbye));
        Assert.Same(Goodbye, Assert.Single(Taken(outbox)));
    }

    [Fact]
    public void Fail_TakesNothingAnyMore_NotEvenTheCloseFrame()
    {
        var outbox = Open(1000);
        outbox.Offer(Frame(1));
        outbox.Offer(Frame(2));
        outbox.TryTake(out _);

        outbox.Fail();

        Assert.Equal(OfferResult.Closed, outbox.Close(Goodbye));
        Assert.False(outbox.TryTake(out _));
    }

    [Fact]
    public void Idle_IsReached_WhenTheLastFrameWasSent()
    {
        var outbox = Open(1000);
        Assert.True(outbox.WhenIdleAsync().IsCompleted);
        outbox.Offer(Frame(1));
        var idle = outbox.WhenIdleAsync();

        outbox.TryTake(out _);
        Assert.False(idle.IsCompleted);

        outbox.TryTake(out _);
        Assert.True(idle.IsCompleted);
    }

    [Fact]
    public void Idle_IsWaitedFor_AsOftenAsSomethingWaits()
    {
        var outbox = Open(1000);
        outbox.Offer(Frame(1));
        var first = outbox.WhenIdleAsync();
        Assert.Single(Taken(outbox));
        Assert.True(first.IsCompleted);

        outbox.Offer(Frame(1));
        var second = outbox.WhenIdleAsync();
        Assert.False(second.IsCompleted);

        Assert.Single(Taken(outbox));
        Assert.True(second.IsCompleted);
    }

    private static Outbox Open(long maxBytes)
    {
        var outbox = new Outbox(maxBytes);
        Assert.False(outbox.TryOpen());
        return outbox;
    }

    private static IEnumerable<Frame> Taken(Outbox outbox)
    {
        while (outbox.TryTake(out var frame))
        {
            yield return frame;
        }
    }

    private static Frame Frame(int length) => new(new byte[length], WebSocketMessageType.Text);
}
