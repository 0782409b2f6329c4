namespace YarpWs.Gateway;

/// <summary>Handshakes since the start, for whoever asks. Anybody may count and look.</summary>
internal sealed class HandshakeCounts
{
    private readonly long[] _refused = new long[Enum.GetValues<RefusalReason>().Length];
    private long _accepted;

    public long Accepted => Volatile.Read(ref _accepted);

    public long Refused => _refused.Sum();

    public void Accept() => Interlocked.Increment(ref _accepted);

    public void Refuse(RefusalReason reason) => Interlocked.Increment(ref _refused[(int)reason]);

    public long RefusedFor(RefusalReason reason) => Volatile.Read(ref _refused[(int)reason]);
}
