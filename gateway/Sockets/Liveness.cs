using System.Buffers.Binary;
using System.IO.Hashing;

namespace YarpWs.Gateway.Sockets;

/// <summary>
/// When one end of a socket was last heard, and what it has still to show. Its lane, its sink and the wheel write different parts of
/// it; everybody may read. Times are by <see cref="DeadlineWheel.Now"/>, the round trip by the clock.
/// </summary>
/// <param name="wheel">Tells the time.</param>
/// <param name="time">Tells it exactly.</param>
/// <param name="answered">Gets the time that each answered ping took, there and back: the gateway's own, and those of the other end that passed.</param>
internal sealed class Liveness(DeadlineWheel wheel, TimeProvider time, Action<TimeSpan>? answered = null)
{
    public const int PingPayloadSize = sizeof(long);

    private const long Never = long.MaxValue;

    private long _lastHeard = wheel.Now;
    private long _lastPassed = wheel.Now;
    private long _pingedAt = Never;
    private long _blockedAt = Never;
    private long _awaited = Never;
    private long _roundTrip = Never;
    private PassedPing? _passedPing;

    /// <summary>When it last sent bytes, or took some that had waited for it.</summary>
    public long LastHeard => Volatile.Read(ref _lastHeard);

    /// <summary>When something of what it sent last went on to the other end.</summary>
    public long LastPassed => Volatile.Read(ref _lastPassed);

    /// <summary>Since when a write waits for it to read; null while none does.</summary>
    public long? BlockedAt => Volatile.Read(ref _blockedAt) is not Never and var since ? since : null;

    /// <summary>
    /// Since when a ping of the gateway's is on its way, or a write waits for it to read; null while it has nothing to show: a ping may
    /// have to wait for the other side to end a frame.
    /// </summary>
    public long? AskedAt => Math.Min(Volatile.Read(ref _pingedAt), Volatile.Read(ref _blockedAt)) is not Never and var since ? since : null;

    /// <summary>
    /// How long the last answered ping took from here and back; null before the first. Of the gateway's own, or of the other end's: one that pings
    /// often enough leaves the gateway none to send.
    /// </summary>
    public TimeSpan? RoundTrip => Volatile.Read(ref _roundTrip) is not Never and var ticks ? TimeSpan.FromTicks(ticks) : null;

    public void Heard() => Volatile.Write(ref _lastHeard, wheel.Now);

    public void Passed() => Volatile.Write(ref _lastPassed, wheel.Now);

    /// <summary>A write waits for it to read.</summary>
    public void Blocked() => Volatile.Write(ref _blockedAt, wheel.Now);

    /// <summary>It has read, and made room for a write that waited. One that found room shows nothing: that may be the system's.</summary>
    public void Unblocked()
    {
        Volatile.Write(ref _blockedAt, Never);
        Heard();
    }

    /// <summary>A new ping is wanted; the one before, answered or not, is over.</summary>
    public void PingWanted() => Volatile.Write(ref _pingedAt, Never);

    /// <summary>The ping's turn has come; returns what it carries, by which its answer is known.</summary>
    public long Pinged()
    {
        Volatile.Write(ref _pingedAt, wheel.Now);
        var payload = time.GetTimestamp();
        Volatile.Write(ref _awaited, payload);
        return payload;
    }

    /// <summary>Whether a pong carries what the gateway's last ping did. Each ping is answered once.</summary>
    public bool IsAnswer(ReadOnlySpan<byte> payload)
    {
        var sentAt = BinaryPrimitives.ReadInt64BigEndian(payload);
        if (sentAt == Never || Interlocked.CompareExchange(ref _awaited, Never, sentAt) != sentAt)
        {
            return false;
        }

        Answered(sentAt);
        return true;
    }

    /// <summary>A ping of the other end's goes on to this one. Only the lane that carries it calls this.</summary>
    /// <param name="payload">Unmasked.</param>
    public void PingPassed(ReadOnlySpan<byte> payload) => Volatile.Write(ref _passedPing, new PassedPing(XxHash3.HashToUInt64(payload), time.GetTimestamp()));

    /// <summary>A pong goes on to the other end. What answers no ping is not measured (RFC 6455, section 5.5.3), nor is a ping that a later one has followed.</summary>
    /// <param name="payload">Unmasked.</param>
    public void PongPassed(ReadOnlySpan<byte> payload)
    {
        if (Volatile.Read(ref _passedPing) is { } ping && ping.Payload == XxHash3.HashToUInt64(payload) && Interlocked.CompareExchange(ref _passedPing, null, ping) == ping)
        {
            Answered(ping.At);
        }
    }

    private void Answered(long sentAt)
    {
        var roundTrip = time.GetElapsedTime(sentAt);
        Volatile.Write(ref _roundTrip, roundTrip.Ticks);
        answered?.Invoke(roundTrip);
    }

    /// <param name="Payload">Its hash.</param>
    /// <param name="At">When it went on.</param>
    private sealed record PassedPing(ulong Payload, long At);
}
