using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;
using YarpWs.EndToEnd.Tests.Import;

namespace YarpWs.EndToEnd.Tests.Forwarding;

/// <summary>
/// The same bytes of a destination, cut anywhere and half of them spoilt, through a real nginx and the gateway: either may refuse them, but never do both pass on something
/// different as whole, so that nobody can make one of a chain read another answer than the next.
/// </summary>
public sealed partial class AnswersLikeNginxTests
{
    private const string SeedVariable = "YARPWS_ANSWERS_SEED";
    private const string CountVariable = "YARPWS_ANSWERS";

    [Fact]
    public async Task Answer_ThatBothPassOn_IsTheSame()
    {
        await using var destination = new Destination();
        await using var twin = await NginxTwin.StartAsync(
            $$"""server { listen LISTEN; location / { proxy_pass http://127.0.0.1:{{destination.Port}}; proxy_http_version 1.1; proxy_set_header Connection ""; } }""");
        var seed = int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), out var given) ? given : Environment.TickCount;
        var count = int.TryParse(Environment.GetEnvironmentVariable(CountVariable), out var wanted) ? wanted : 1000;
        var random = new Random(seed);
        var (both, gateways, nginxs) = (0, 0, 0);
        for (var number = 0; number < count; number++)
        {
            var answer = MadeAnswers.Next(random, hasInterims: false);
            if (!StatusLine().IsMatch(answer))
            {
                // To nginx this is HTTP/0.9, which has no head, and its client is given none either.
                continue;
            }

            destination.Answer(answer, MadeAnswers.Cuts(random, answer.Length));
            var (nginx, gateway) = await twin.AskAsync(new TwinRequest("any", "/", random.Next(8) == 0 ? "HEAD" : "GET"));

            var isSame = (nginx.Status, nginx.Body) == (gateway.Status, gateway.Body);
            both += IsPassedOn(nginx) && IsPassedOn(gateway) ? 1 : 0;
            gateways += IsPassedOn(gateway) ? 1 : 0;
            nginxs += IsPassedOn(nginx) ? 1 : 0;
            Assert.True(
                isSame || !IsPassedOn(nginx) || !IsPassedOn(gateway),
                $"{SeedVariable}={seed}, answer {number}:\n{MadeAnswers.Show(answer)}\nnginx: {nginx.Status} {nginx.Body}\ngateway: {gateway.Status} {gateway.Body}");
        }

        TestContext.Current.SendDiagnosticMessage($"{count} answers: nginx passed {nginxs} on, the gateway {gateways}, both {both}.");
        Assert.InRange(both, count / 2, count);
    }

    [GeneratedRegex(@"^HTTP/1\.[01] [1-9][0-9]{2}( [^\r\n]*)?\r?\n")]
    private static partial Regex StatusLine();

    /// <summary>Whole, and not refused by a page of its own.</summary>
    private static bool IsPassedOn(TwinAnswer answer) => answer.Status is not (0 or 502 or 503 or 504);

    /// <summary>Answers everybody with the same bytes, and ends the connection.</summary>
    private sealed class Destination : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _end = new();
        private readonly Task _serving;
        private volatile byte[][] _pieces = ["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray()];

        public Destination()
        {
            _listener.Start();
            _serving = ServeAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public void Answer(string answer, IReadOnlyList<int> cuts)
        {
            var bytes = Encoding.Latin1.GetBytes(answer);
            _pieces = [.. cuts.Prepend(0).Zip(cuts.Append(bytes.Length), (from, to) => bytes[from..to])];
        }

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            _listener.Dispose();
            await _serving.WaitAsync(Deadline.Length);
            _end.Dispose();
        }

        private async Task ServeAsync()
        {
            // Who has asked may keep a connection that has ended until it is asked again.
            var connections = new List<Task>();
            try
            {
                while (true)
                {
                    var connection = await _listener.AcceptSocketAsync(_end.Token);
                    connection.NoDelay = true;
                    connections.RemoveAll(other => other.IsCompletedSuccessfully);
                    connections.Add(ServeAsync(connection, _pieces));
                }
            }
            catch (Exception exception) when (_end.IsCancellationRequested && exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The test is over.
            }

            await Task.WhenAll(connections);
        }

        private async Task ServeAsync(Socket connection, byte[][] pieces)
        {
            using var owned = connection;
            var buffer = new byte[4096];
            try
            {
                for (var head = ""; !head.EndsWith("\r\n\r\n", StringComparison.Ordinal);)
                {
                    var count = await connection.ReceiveAsync(buffer, _end.Token);
                    if (count == 0)
                    {
                        return;
                    }

                    head += Encoding.Latin1.GetString(buffer, 0, count);
                }

                foreach (var piece in pieces)
                {
                    await connection.SendAsync(piece, _end.Token);
                }

                connection.Shutdown(SocketShutdown.Send);
                while (await connection.ReceiveAsync(buffer, _end.Token) > 0)
                {
                }
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                // Who has asked refuses what it was told, and has gone; or the test is over.
            }
        }
    }
}
