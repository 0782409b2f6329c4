using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Peers;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Frames;

namespace YarpWs.Benchmarks.Figures;

/// <summary>What part of the gateway's CPU time goes into looking at frames.</summary>
internal static class ScannerFigure
{
    private const int Sockets = 50;
    private const int MessageBytes = 64;
    private const string Scanner = "frame scanner";

    public static Figure Instance { get; } = new()
    {
        Name = "scanner",
        Title = $"CPU time for a message of {MessageBytes} bytes there and back: the gateway's frame scanner by itself, in this process, and the whole gateway with {Sockets} sockets",
        Unit = "µs/message",
        Ours = Scanner,
        Targets = [new Target("gateway", 0.05)],
        Contenders = bench =>
        [
            new Contender(Scanner, null, () => Task.FromResult<IRun>(new ScannerRun(bench.Scale))),
            .. ProxyPeers.Contenders([new GatewayPeer()], bench, proxy => new EchoRun(proxy, bench.Scale, Sockets, MessageBytes)),
        ],
    };

    private sealed class ScannerRun : IRun
    {
        private static readonly byte[] Payload = Encoding.ASCII.GetBytes(new string('m', MessageBytes));

        private readonly Scale _scale;
        private readonly DeadlineWheel _wheel = new(TimeProvider.System, NullLogger<DeadlineWheel>.Instance);
        private readonly FrameScanner _fromClient;
        private readonly FrameScanner _fromBackend;

        public ScannerRun(Scale scale)
        {
            _scale = scale;
            var liveness = new Liveness(_wheel, TimeProvider.System);
            _fromClient = new FrameScanner(new FrameRules(fromClient: true, WebSocketExtensions.None), wholeFrames: 0, liveness);
            _fromBackend = new FrameScanner(new FrameRules(fromClient: false, WebSocketExtensions.None), new SocketOptions().WholeFrameBytes, liveness);
        }

        public Task WarmUpAsync()
        {
            Scan(_scale.Count(20_000_000, 1000));
            return Task.CompletedTask;
        }

        public Task<Measurement> MeasureAsync()
        {
            var count = _scale.Count(20_000_000, 1000);
            var started = Stopwatch.GetTimestamp();
            Scan(count);
            var elapsed = Stopwatch.GetElapsedTime(started);
            return Task.FromResult(new Measurement(elapsed.TotalMicroseconds / count, ("messages/s", count / elapsed.TotalSeconds)));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        /// <summary>Each message once in each direction.</summary>
        private void Scan(int messages)
        {
            var before = _fromClient.Messages + _fromBackend.Messages;
            var (there, back) = (Frames.FromClient(Tests.Support.WebSockets.Opcode.Text, Payload), Frames.FromServer(Tests.Support.WebSockets.Opcode.Text, Payload));
            for (var i = 0; i < messages; i++)
            {
                _fromClient.Scan(there);
                _fromBackend.Scan(back);
            }

            if (_fromClient.Messages + _fromBackend.Messages - before != 2L * messages)
            {
                throw new WrongAnswerException("The scanner did not see every message.");
            }
        }
    }
}
