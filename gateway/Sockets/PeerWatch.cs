using YarpWs.Gateway.Sockets.Frames;

namespace YarpWs.Gateway.Sockets;

/// <summary>Pings one end of a socket when it is quiet, and tells when it is not there any more. Only the wheel calls it.</summary>
/// <param name="peer">The end.</param>
/// <param name="other">The end that its frames go to.</param>
/// <param name="interval">How long it may be silent before it is pinged, in units of <see cref="DeadlineWheel.Now"/>.</param>
/// <param name="timeout">How long it may take to answer, or to read what waits for it.</param>
internal sealed class PeerWatch(Peer peer, Peer other, long interval, long timeout)
{
    private long? _quietSince;
    private long _noticedAt;

    /// <summary>Does what is due, and returns when to ask again; null when the end is dead.</summary>
    public long? Check(long now)
    {
        // However much it sends, an end that reads nothing holds up the other one for good.
        var mustHaveRead = peer.Liveness.BlockedAt + interval + timeout ?? long.MaxValue;
        return now < mustHaveRead && CheckSilence(now) is { } due ? Math.Min(due, mustHaveRead) : null;
    }

    private long? CheckSilence(long now)
    {
        // Nothing of what it sends is read while the other end takes nothing: its answer may be waiting.
        if (other.Liveness.BlockedAt is not null)
        {
            _quietSince = null;
            return now + interval;
        }

        var heard = peer.Liveness.LastHeard;
        if (now < heard + interval)
        {
            return heard + interval;
        }

        if (_quietSince != heard)
        {
            (_quietSince, _noticedAt) = (heard, now);
            peer.Sink.SendPing();
        }

        // A ping whose turn has not come is nobody's fault but the other end's.
        var due = Math.Max(_noticedAt, peer.Liveness.AskedAt ?? now) + timeout;
        return now < due ? due : null;
    }
}

/// <summary>One end of a socket: the client, or the backend.</summary>
/// <param name="Stream">Its connection.</param>
/// <param name="Liveness">When it was heard.</param>
/// <param name="Frames">What it sends.</param>
/// <param name="Sink">Where frames to it are written.</param>
internal sealed record Peer(Stream Stream, Liveness Liveness, FrameScanner Frames, FrameSink Sink);
