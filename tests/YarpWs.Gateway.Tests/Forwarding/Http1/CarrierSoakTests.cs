using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace YarpWs.Gateway.Tests.Forwarding.Http1;

/// <summary>
/// Many requests at once to a destination that ends connections at every byte of requests and answers, in order and by resets: whoever gets an answer gets the whole of its
/// own.
/// </summary>
public sealed class CarrierSoakTests
{
    private const string CountVariable = "YARPWS_SOAK_REQUESTS";
    private const int Clients = 32;

    /// <summary>One in so many exchanges is cut; the others use kept connections.</summary>
    private const int CutEvery = 5;

    /// <summary>Where the cuts go round: longer than any exchange.</summary>
    private const int LongestExchange = 400;

    [Theory(Explicit = true)]
    [Trait("Category", "Long")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Answers_AreWholeAndToTheirRequests_WhereverConnectionsEnd(bool isReset)
    {
        var count = int.TryParse(Environment.GetEnvironmentVariable(CountVariable), out var wanted) ? wanted : 100_000;
        using var destination = new AnsweringDestination();
        using var serving = new CuttingServer(destination, isReset);
        var accepting = serving.RunAsync();
        var (next, answered, failed) = (0, 0, 0);

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var number && number <= count)
            {
                var method = (number % 3) switch { 0 => "POST", 1 => "GET", _ => "PUT" };
                var verdict = await destination.AskAsync(method, context =>
                {
                    context.Request.Headers["X-Number"] = $"{number}";
                    if (number % 2 == 0)
                    {
                        AnsweringDestination.GiveBody(context, method, BodyOf($"{number}"));
                    }
                });
                if (verdict.IsWhole)
                {
                    Assert.Equal($"the answer to {number}", verdict.Text.Split(" = ")[1].Split(" | ")[0]);
                    Interlocked.Increment(ref answered);
                }
                else
                {
                    Assert.True(verdict.Text is "Request, 502." or "ResponseBodyDestination, 502.", $"{verdict}");
                    Interlocked.Increment(ref failed);
                }
            }
        })));

        Assert.Equal(count, answered + failed);
        Assert.InRange(failed, 1, count / 2);
        serving.Stop();
        await accepting;
    }

    private static string BodyOf(string number) => $"{new string('b', 100)} of {number}";

    /// <summary>Answers each request with its number, in one of three framings, and cuts one exchange in so many at the next byte in turn.</summary>
    private sealed class CuttingServer(AnsweringDestination destination, bool isReset) : IDisposable
    {
        private readonly CancellationTokenSource _stopped = new();
        private int _exchanges;

        /// <summary>Until it is stopped; what is open then is closed.</summary>
        public async Task RunAsync()
        {
            var connections = new List<Task>();
            try
            {
                while (true)
                {
                    var connection = await destination.AcceptUntilAsync(_stopped.Token);
                    connections.Add(Task.Run(() => ServeAsync(connection)));
                }
            }
            catch (OperationCanceledException)
            {
                // Nobody asks any more.
            }

            await Task.WhenAll(connections);
        }

        public void Stop() => _stopped.Cancel();

        public void Dispose() => _stopped.Dispose();

        private async Task ServeAsync(Socket connection)
        {
            using (connection)
            {
                try
                {
                    while (await AnswerAsync(connection))
                    {
                    }
                }
                catch (SocketException)
                {
                    // The carrier had closed it.
                }
                catch (OperationCanceledException)
                {
                    // It was kept, and nobody asks any more.
                }
            }
        }

        /// <summary>False when the connection is over.</summary>
        private async Task<bool> AnswerAsync(Socket connection)
        {
            var number = Interlocked.Increment(ref _exchanges);
            var cut = number % CutEvery == 0 ? number / CutEvery % LongestExchange : int.MaxValue;
            var read = new StringBuilder();
            var buffer = new byte[512];
            while (!AnsweringDestination.IsWhole(read.ToString()))
            {
                var count = await connection.ReceiveAsync(buffer.AsMemory(0, Math.Min(buffer.Length, Math.Max(1, cut - read.Length))), _stopped.Token);
                if (count == 0)
                {
                    return false;
                }

                read.Append(Encoding.ASCII.GetString(buffer, 0, count));
                if (read.Length >= cut)
                {
                    return End(connection);
                }
            }

            var request = read.ToString();
            var text = request[(request.IndexOf("X-Number: ", StringComparison.Ordinal) + 10)..].Split("\r\n")[0];
            Assert.EndsWith(int.Parse(text, CultureInfo.InvariantCulture) % 2 == 0 ? $"\r\n\r\n{BodyOf(text)}" : "\r\n\r\n", request, StringComparison.Ordinal);
            var answer = Encoding.ASCII.GetBytes(Answer(number, $"the answer to {text}"));
            var sent = Math.Min(answer.Length, cut - read.Length);
            await connection.SendAsync(answer.AsMemory(0, sent));
            return sent == answer.Length || End(connection);
        }

        private static string Answer(int number, string body) => (number % 3) switch
        {
            0 => $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\nX-Own: 1\r\n\r\n{body}",
            1 => $"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}",
            _ => $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{body[..3]}\r\n{body.Length - 3:x};a=b\r\n{body[3..]}\r\n0\r\nX-Sum: 1\r\n\r\n",
        };

        private bool End(Socket connection)
        {
            if (isReset)
            {
                connection.LingerState = new LingerOption(true, 0);
            }

            return false;
        }
    }
}
