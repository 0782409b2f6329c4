using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Frames;

namespace YarpWs.Gateway.Tests.Sockets.Fuzz;

/// <summary>
/// Plays traffic to a lane and the sink behind it, on one thread and always in the same order: reads end at once, and a write that is made
/// to wait goes on when this says so.
/// </summary>
internal sealed class LaneRun : IDisposable
{
    /// <summary>A buffer for reading is at most this, twice over because pools round up.</summary>
    private const int LargestBuffer = 2 * 64 * 1024;

    private static readonly ReadOnlyMemory<byte> Notice = OwnFrame.Text("a notice of the gateway's");

    private readonly Traffic _traffic;
    private readonly FakeTimeProvider _time = new() { AutoAdvanceAmount = TimeSpan.FromTicks(1) };
    private readonly DeadlineWheel _wheel;
    private readonly ScriptedStream _from;
    private readonly BlockableStream _to = new();
    private readonly FrameScanner _frames;
    private readonly FrameSink _sink;
    private readonly ReadOnlyMemory<byte> _close;
    private readonly List<(Own What, long At, bool WhileBlocked)> _done = [];
    private readonly Queue<Own> _whileBlocked = [];
    private readonly byte[] _bytes;
    private readonly long _answered = long.MinValue;

    public LaneRun(Traffic traffic)
    {
        _traffic = traffic;
        _wheel = new DeadlineWheel(_time, NullLogger<DeadlineWheel>.Instance);
        var liveness = new Liveness(_wheel, _time);
        var answered = long.MinValue;
        _bytes = traffic.Write(() => answered = liveness.Pinged());
        _answered = answered;
        _from = new ScriptedStream(_bytes, traffic.Reads, BeforeRead);
        _frames = new FrameScanner(new FrameRules(traffic.FromClient, traffic.Extensions), traffic.WholeFrames, liveness);
        _sink = new FrameSink(_to, new Liveness(_wheel, _time), isMasked: traffic.FromClient);
        _close = OwnFrame.Close(new SocketClose(1012, "a close of the gateway's"), isMasked: traffic.FromClient);
        Lane = new Lane(new Peer(_from, liveness, _frames, _sink), _sink, () => { });
    }

    private Lane Lane { get; }

    public void Check()
    {
        var run = Lane.RunAsync();
        while (!run.IsCompleted || _to.IsBlocked)
        {
            Assert.True(_to.IsBlocked, "The lane waits, and for nothing that was made to wait.");
            while (_whileBlocked.TryDequeue(out var own))
            {
                Do(own, whileBlocked: true);
            }

            _to.Release();
        }

        var reference = Reference.Read(_bytes, _traffic, _answered);
        CheckEnd(run.GetAwaiter().GetResult(), reference);
        CheckBytes(reference);
        Assert.InRange(_from.LargestBuffer, 0, Math.Max(LargestBuffer, 2 * _traffic.WholeFrames));
    }

    public void Dispose()
    {
        _from.Dispose();
        _to.Dispose();
    }

    private static void CheckEnd(LaneEnd end, Reference reference)
    {
        Assert.Equal(reference.IsFault, end.Fault is not null);
        Assert.Equal(reference.IsClosed, end == LaneEnd.Closed);
    }

    /// <summary>What came out is what came in, and whole frames of the gateway's own at their places.</summary>
    private void CheckBytes(Reference reference)
    {
        var (passed, sent) = (0, _to.Written);
        HashSet<Own> own = [];
        for (var at = 0; at < sent.Length;)
        {
            Assert.False(own.Contains(Own.Close), "Something follows the gateway's close frame.");
            if (reference.IsBoundary(passed, out var isBetweenMessages)
                && OwnAt(sent.AsSpan(at), out var length) is { } what
                && !reference.HasPassed(passed, sent.AsSpan(at, length)))
            {
                CheckPlace(what, passed, isBetweenMessages, reference);
                own.Add(what);
                at += length;
                continue;
            }

            Assert.True(passed < reference.Passed.Count, $"After {passed} bytes something came out that did not come in.");
            Assert.True(sent[at] == reference.Passed[passed], $"Byte {passed} was changed, or came out of its order.");
            (passed, at) = (passed + 1, at + 1);
        }

        Assert.Equal(reference.Passed.Count, _frames.Bytes);
        if (!own.Contains(Own.Close))
        {
            Assert.Equal(reference.Passed.Count, passed);
            if (reference.IsBoundary(passed, out var isBetweenMessages) && isBetweenMessages)
            {
                Assert.Equal(_done.Select(done => Kind(done.What)).ToHashSet(), own);
            }
        }
    }

    private void CheckPlace(Own what, int at, bool isBetweenMessages, Reference reference)
    {
        var asked = _done.Where(done => Kind(done.What) == what).ToList();
        Assert.True(asked.Count > 0, $"Nobody asked for this {what}.");
        var isUrgent = asked.Exists(done => done.What == Own.UrgentClose);
        Assert.True(what == Own.Ping || isBetweenMessages || isUrgent, $"A {what} stands inside a message.");

        // Nothing was under way when it was asked for, so the first place after that was its own.
        if (what == Own.Close && !asked[0].WhileBlocked)
        {
            Assert.False(reference.HasPlaceBetweenMessages((int)asked[0].At, at), "A close frame was not put in the first place that there was.");
        }
    }

    private Own? OwnAt(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 2 + (_traffic.FromClient ? 4 : 0) + Liveness.PingPayloadSize;
        if (bytes.Length >= length && bytes[0] == 0x89 && (bytes[1] & 0x7F) == Liveness.PingPayloadSize)
        {
            return Own.Ping;
        }

        length = Notice.Length;
        if (bytes.StartsWith(Notice.Span))
        {
            return Own.Notice;
        }

        length = _close.Length;
        return bytes.StartsWith(_close.Span) ? Own.Close : null;
    }

    private void BeforeRead(int number)
    {
        foreach (var act in _traffic.Acts.Where(act => act.Read == number))
        {
            if (act.WhileBlocked)
            {
                _to.BlockNext();
                _whileBlocked.Enqueue(act.What);
            }
            else
            {
                Do(act.What, whileBlocked: false);
            }
        }
    }

    private void Do(Own what, bool whileBlocked)
    {
        _done.Add((what, _frames.Bytes, whileBlocked));
        switch (what)
        {
            case Own.Ping:
                _sink.SendPing();
                break;
            case Own.Notice:
                _sink.SendNotice(Notice);
                break;
            default:
                _sink.SendLast(_close, isUrgent: what == Own.UrgentClose);
                break;
        }
    }

    private static Own Kind(Own what) => what == Own.UrgentClose ? Own.Close : what;
}
