using System.Diagnostics;
using System.Net;
using YarpWs.Benchmarks.Peers;

namespace YarpWs.Benchmarks.Load;

/// <summary>Many clients who all come at once, as after an outage: each one asks, and stays when it is let in.</summary>
internal static class OpeningLoad
{
    /// <summary>Opens so many and closes them again; latency is from the connection to the 101.</summary>
    public static LoadResult Run(IPEndPoint server, IGroupDialect dialect, int count, int underWay)
    {
        using var epoll = new Epoll();
        var (latency, wires, since) = (new LatencyHistogram(), new List<WireSocket>(count), new List<long>(count));
        var (ready, patience, started) = (new int[512], new Patience("101"), Stopwatch.GetTimestamp());
        try
        {
            while (latency.Count < count)
            {
                for (; wires.Count < count && wires.Count - latency.Count < underWay; wires.Add(Ask(epoll, server, dialect, wires.Count)))
                {
                    since.Add(Stopwatch.GetTimestamp());
                }

                var answered = 0;
                foreach (var index in ready.AsSpan(0, epoll.Wait(ready, Patience.Step)))
                {
                    if (IsOpen(wires[index]))
                    {
                        latency.Record(Stopwatch.GetTimestamp() - since[index]);
                        epoll.Forget(wires[index].Socket);
                        answered++;
                    }
                }

                patience.Look(answered);
            }

            return new LoadResult(latency.Count, Stopwatch.GetElapsedTime(started), latency);
        }
        finally
        {
            wires.ForEach(wire => wire.Dispose());
        }
    }

    private static WireSocket Ask(Epoll epoll, IPEndPoint server, IGroupDialect dialect, int index)
    {
        var wire = WireSocket.Connect(server, 512);
        wire.Send(dialect.Handshake(server, $"group{index % 100}", index));
        epoll.Watch(wire.Socket, index);
        return wire;
    }

    private static bool IsOpen(WireSocket wire)
    {
        if (!wire.Receive() && wire.HasEnded)
        {
            throw new WrongAnswerException("A connection ended instead of a 101.");
        }

        return wire.TryReadHead(out var head)
            && (head.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal) ? true : throw new WrongAnswerException($"Expected 101, got: {head}"));
    }
}
