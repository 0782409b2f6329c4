using System.Diagnostics;
using System.Net;

namespace YarpWs.Benchmarks.Load;

/// <summary>
/// WebSockets that open, say goodbye and are followed by the next: connect, handshake, 101, close frame, its echo, end. The server ends the
/// connection, so that the ports it leaves behind are not the client's.
/// </summary>
/// <param name="server">Where they open.</param>
/// <param name="underWay">How many at a time.</param>
/// <param name="requests">Sent in turns.</param>
/// <param name="tls">Speaks TLS on them, and is the caller's; null for none.</param>
internal sealed class HandshakeLoad(IPEndPoint server, int underWay, IReadOnlyList<byte[]> requests, TlsClient? tls = null) : IDisposable
{
    private static readonly byte[] Goodbye = Frames.FromClient(Opcode.Close, [0x03, 0xE8]);

    private readonly Epoll _epoll = new();
    private readonly Attempt?[] _attempts = new Attempt?[underWay];
    private readonly int[] _ready = new int[512];
    private int _next;

    /// <summary>Latency is from the connection to the 101.</summary>
    public LoadResult RunFor(TimeSpan duration)
    {
        var latency = new LatencyHistogram();
        var started = Stopwatch.GetTimestamp();
        var waiting = underWay;
        for (var i = 0; i < underWay; i++)
        {
            Begin(i);
        }

        var patience = new Patience("101 or goodbye");
        while (waiting > 0)
        {
            var count = _epoll.Wait(_ready, Patience.Step);
            patience.Look(count);
            foreach (var index in _ready.AsSpan(0, count))
            {
                if (!_attempts[index]!.IsOver(latency))
                {
                    continue;
                }

                _attempts[index]!.Dispose();
                if (Stopwatch.GetElapsedTime(started) < duration)
                {
                    Begin(index);
                }
                else
                {
                    _attempts[index] = null;
                    waiting--;
                }
            }
        }

        return new LoadResult(latency.Count, Stopwatch.GetElapsedTime(started), latency);
    }

    public void Dispose()
    {
        foreach (var attempt in _attempts)
        {
            attempt?.Dispose();
        }

        _epoll.Dispose();
    }

    private void Begin(int index)
    {
        var attempt = new Attempt(server, requests[_next++ % requests.Count], tls);
        _attempts[index] = attempt;
        _epoll.Watch(attempt.Wire.Socket, index);
    }

    private sealed class Attempt : IDisposable
    {
        private readonly long _since = Stopwatch.GetTimestamp();
        private readonly byte[] _request;
        private bool _isAsked;
        private bool _isOpen;
        private bool _isAnswered;

        public Attempt(IPEndPoint server, byte[] request, TlsClient? tls)
        {
            _request = request;
            Wire = WireSocket.Begin(server, 512, tls);
            Ask();
        }

        public WireSocket Wire { get; }

        /// <summary>Takes the next steps, as far as what has come allows.</summary>
        public bool IsOver(LatencyHistogram latency)
        {
            if (!_isAsked)
            {
                Ask();
                return false;
            }

            while (Wire.Receive())
            {
            }

            if (!_isOpen && Wire.TryReadHead(out var head))
            {
                if (!head.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal))
                {
                    throw new WrongAnswerException($"Expected 101, got: {head}");
                }

                _isOpen = true;
                latency.Record(Stopwatch.GetTimestamp() - _since);
                Wire.Send(Goodbye);
            }

            if (_isOpen && !_isAnswered && FrameShape.TryRead(Wire.Unread, out var frame))
            {
                _isAnswered = frame is { Opcode: Opcode.Close, Length: 2 } ? true : throw new WrongAnswerException($"Expected a close frame of two bytes, got {frame}.");
            }

            return Wire.HasEnded && (_isAnswered ? true : throw new WrongAnswerException("A connection ended before the goodbye."));
        }

        public void Dispose() => Wire.Dispose();

        /// <summary>As soon as TLS's handshake is over.</summary>
        private void Ask()
        {
            _isAsked = Wire.TrySecure();
            if (_isAsked)
            {
                Wire.Send(_request);
            }
        }
    }
}
