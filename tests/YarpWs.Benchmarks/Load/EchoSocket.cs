using System.Diagnostics;

namespace YarpWs.Benchmarks.Load;

/// <summary>One WebSocket of an echo load: what it has sent, and what must come back next.</summary>
internal sealed class EchoSocket(WireSocket wire, int messageBytes, int number) : IDisposable
{
    private readonly NumberedMessage _message = new(messageBytes, number);
    private readonly Queue<long> _waiting = new();
    private long _sent;
    private long _received;

    public WireSocket Wire => wire;

    /// <summary>Messages whose echo has not come yet.</summary>
    public int Waiting => _waiting.Count;

    /// <param name="since">When its latency begins.</param>
    public void Send(long since)
    {
        wire.Send(_message.Write(_sent++));
        _waiting.Enqueue(since);
    }

    /// <summary>Reads what has come and checks it; says how many echoes that was.</summary>
    public int Receive(LatencyHistogram latency)
    {
        if (!wire.Receive())
        {
            return wire.HasEnded ? throw new WrongAnswerException("A socket was closed.") : 0;
        }

        var count = 0;
        var now = Stopwatch.GetTimestamp();
        while (FrameShape.TryRead(wire.Unread, out var frame))
        {
            Take(frame, now, latency, ref count);
        }

        return count;
    }

    public void Dispose() => wire.Dispose();

    private void Take(FrameShape frame, long now, LatencyHistogram latency, ref int count)
    {
        var payload = wire.Unread[frame.Payload..frame.End];
        switch (frame.Opcode)
        {
            case Opcode.Text when _waiting.TryDequeue(out var since):
                _message.Check(_received++, payload);
                latency.Record(now - since);
                count++;
                break;
            case Opcode.Ping:
                wire.Send(Frames.FromClient(Opcode.Pong, payload));
                break;
            default:
                throw new WrongAnswerException($"An unexpected frame came: {frame.Opcode} of {frame.Length} bytes.");
        }

        wire.Take(frame.End);
    }
}
