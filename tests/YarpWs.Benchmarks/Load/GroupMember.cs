using YarpWs.Benchmarks.Peers;

namespace YarpWs.Benchmarks.Load;

/// <summary>One member of a group in a load, and the number that it must hear next.</summary>
internal sealed class GroupMember(WireSocket wire, GroupUnderLoad group, IGroupDialect dialect) : IDisposable
{
    private readonly byte[] _before = dialect.Received.Before;
    private readonly byte[] _after = dialect.Received.After;
    private long _next;

    public WireSocket Wire => wire;

    public GroupUnderLoad Group => group;

    /// <summary>Reads what has come, checks it, and tells the group of each message; says how many those were.</summary>
    public int Receive(LatencyHistogram latency, long now)
    {
        if (!wire.Receive())
        {
            return wire.HasEnded ? throw new WrongAnswerException("A member was closed.") : 0;
        }

        var count = 0;
        while (FrameShape.TryRead(wire.Unread, out var frame))
        {
            count += Take(frame, latency, now);
            wire.Take(frame.End);
        }

        return count;
    }

    public void Dispose() => wire.Dispose();

    private int Take(FrameShape frame, LatencyHistogram latency, long now)
    {
        ReadOnlySpan<byte> payload = wire.Unread[frame.Payload..frame.End];
        if (frame.Opcode == Opcode.Ping)
        {
            wire.Send(Frames.FromClient(Opcode.Pong, payload));
            return 0;
        }

        if (frame.Opcode != Opcode.Text)
        {
            throw new WrongAnswerException($"An unexpected frame came: {frame.Opcode} of {frame.Length} bytes.");
        }

        var count = 0;
        for (var whole = _before.Length + group.MessageBytes + _after.Length; !payload.IsEmpty;)
        {
            var skipped = dialect.SkipKeepAlive(wire, payload);
            if (skipped > 0)
            {
                payload = payload[skipped..];
                continue;
            }

            if (payload.Length < whole || !payload.StartsWith(_before) || !payload[..whole].EndsWith(_after))
            {
                throw new WrongAnswerException($"Something else than a message came: {System.Text.Encoding.ASCII.GetString(payload)}");
            }

            group.Heard(_next++, payload.Slice(_before.Length, group.MessageBytes), latency, now);
            payload = payload[whole..];
            count++;
        }

        return count;
    }
}
