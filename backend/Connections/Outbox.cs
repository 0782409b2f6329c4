using System.Threading.Channels;
using YarpWs.Backend.Protocols;

namespace YarpWs.Backend.Connections;

/// <summary>
/// What waits to be sent to one client, bounded in bytes. Anybody may offer and complete; one send loop reads. Frames are shared
/// with other outboxes, so the bound is what this client holds back, not memory of its own. A frame that finds nothing waiting is taken
/// whatever its size: a large one is no sign of a slow client.
/// </summary>
internal sealed class Outbox(long maxBytes)
{
    /// <summary>What an entry costs besides its payload; without it, empty messages would be free and their number without bound.</summary>
    private const int EntryBytes = 64;

    private readonly Channel<Frame> _frames =
        Channel.CreateBounded<Frame>((int)Math.Min(int.MaxValue, maxBytes / EntryBytes));

    private long _bytes;

    /// <summary>Bytes that wait now, the one being sent included.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>False when the frame does not fit, or the outbox is complete.</summary>
    public bool TryOffer(Frame frame)
    {
        var cost = Cost(frame);
        var waiting = Interlocked.Add(ref _bytes, cost);
        if ((waiting <= maxBytes || waiting == cost) && _frames.Writer.TryWrite(frame))
        {
            return true;
        }

        Interlocked.Add(ref _bytes, -cost);
        return false;
    }

    /// <summary>Waits for a frame. False once the outbox is complete and everything was taken.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _frames.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>The next frame; it counts as waiting until <see cref="Sent"/>.</summary>
    public bool TryTake(out Frame frame) => _frames.Reader.TryRead(out frame);

    public void Sent(Frame frame) => Interlocked.Add(ref _bytes, -Cost(frame));

    /// <summary>Takes no more frames. What waits is still sent.</summary>
    public void Complete() => _frames.Writer.TryComplete();

    /// <summary>Takes no more frames and forgets those that wait.</summary>
    public void Discard()
    {
        Complete();
        while (_frames.Reader.TryRead(out var frame))
        {
            Sent(frame);
        }
    }

    private static int Cost(Frame frame) => frame.Payload.Length + EntryBytes;
}
