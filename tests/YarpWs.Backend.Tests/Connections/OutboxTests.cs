using System.Net.WebSockets;
using Xunit;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Protocols;

namespace YarpWs.Backend.Tests.Connections;

public sealed class OutboxTests
{
    /// <summary>What an entry costs besides its payload.</summary>
    private const int Overhead = 64;

    [Fact]
    public void Offer_IsBoundedInBytes_TheLastOneFittingExactly()
    {
        var outbox = new Outbox(2 * (Overhead + 100));

        Assert.True(outbox.TryOffer(Frame(100)));
        Assert.False(outbox.TryOffer(Frame(101)));
        Assert.True(outbox.TryOffer(Frame(100)));
        Assert.False(outbox.TryOffer(Frame(0)));
    }

    [Fact]
    public void Offer_OfEmptyMessages_IsBoundedToo()
    {
        var outbox = new Outbox(10 * Overhead);

        Assert.All(Enumerable.Range(0, 10), _ => Assert.True(outbox.TryOffer(Frame(0))));
        Assert.False(outbox.TryOffer(Frame(0)));
    }

    [Fact]
    public void Offer_ThatWasRefused_CostsNothing()
    {
        var outbox = new Outbox(1000);

        Assert.True(outbox.TryOffer(Frame(500 - Overhead)));
        Assert.False(outbox.TryOffer(Frame(501 - Overhead)));

        Assert.Equal(500, outbox.Bytes);
        Assert.True(outbox.TryOffer(Frame(500 - Overhead)));
    }

    [Fact]
    public void Frame_ThatFindsNothingWaiting_IsTakenWhateverItsSize()
    {
        var outbox = new Outbox(1000);

        Assert.True(outbox.TryOffer(Frame(5000)));
        Assert.False(outbox.TryOffer(Frame(0)));
    }

    [Fact]
    public void Bytes_CountTheFrameBeingSent_UntilItIsSent()
    {
        var outbox = new Outbox(1000);
        outbox.TryOffer(Frame(1000 - Overhead));

        Assert.True(outbox.TryTake(out var frame));
        Assert.Equal(1000, outbox.Bytes);
        Assert.False(outbox.TryOffer(Frame(0)));

        outbox.Sent(frame);
        Assert.Equal(0, outbox.Bytes);
        Assert.True(outbox.TryOffer(Frame(0)));
    }

    [Fact]
    public void Frames_ComeOutInTheOrderTheyWentIn()
    {
        var outbox = new Outbox(10_000);
        foreach (var length in new[] { 3, 1, 2 })
        {
            outbox.TryOffer(Frame(length));
        }

        Assert.Equal([3, 1, 2], Taken(outbox).Select(frame => frame.Payload.Length));
    }

    [Fact]
    public async Task Complete_TakesNoMore_AndLeavesWhatWaits()
    {
        var outbox = new Outbox(1000);
        outbox.TryOffer(Frame(1));

        outbox.Complete();

        Assert.False(outbox.TryOffer(Frame(2)));
        Assert.True(await outbox.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Single(Taken(outbox));
        Assert.False(await outbox.WaitAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Discard_ForgetsWhatWaits_ButNotTheFrameBeingSent()
    {
        var outbox = new Outbox(1000);
        outbox.TryOffer(Frame(1));
        outbox.TryOffer(Frame(2));
        outbox.TryTake(out _);

        outbox.Discard();

        Assert.Equal(1 + Overhead, outbox.Bytes);
        Assert.False(await outbox.WaitAsync(TestContext.Current.CancellationToken));
        Assert.False(outbox.TryOffer(Frame(0)));
    }

    [Fact]
    public async Task Wait_EndsWithTheNextOffer()
    {
        var outbox = new Outbox(1000);
        var waiting = outbox.WaitAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(waiting.IsCompleted);

        outbox.TryOffer(Frame(0));

        Assert.True(await waiting.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
    }

    private static IEnumerable<Frame> Taken(Outbox outbox)
    {
        while (outbox.TryTake(out var frame))
        {
            outbox.Sent(frame);
            yield return frame;
        }
    }

    private static Frame Frame(int length) => new(new byte[length], WebSocketMessageType.Text);
}
