using System.Net;
using System.Net.Sockets;
using System.Text;
using YarpWs.Gateway.Forwarding.Http1;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Routes.Balancing;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Tests.Forwarding.Http1;

/// <summary>Sends the bytes that a test gives it to whoever asks, and the two clients that ask: the gateway's own and the platform's.</summary>
internal sealed class AnsweringDestination : IDisposable
{
    public const int MaxHeaderBytes = 64 << 10;

    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);
    public static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(3);
    public static readonly TimeSpan FirstByteTimeout = TimeSpan.FromMinutes(10);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly EventLoops _loops = new(1, TimeProvider.System);
    private readonly ClientMetrics _metrics = new();

    /// <param name="time">Measures how old connections are, and how long an answer takes.</param>
    public AnsweringDestination(TimeProvider? time = null)
    {
        var clock = time ?? TimeProvider.System;
        _listener.Start();
        Own = new HttpMessageInvoker(new Http1Client(
            new Refusing(),
            new Descriptors(),
            new DestinationConnector(Names.OfSystem, new DestinationConnectionOptions { ConnectTimeout = Deadline.Length }),
            new KeptConnections(_loops, Lifetime, IdleTime, FirstByteTimeout, _metrics, clock),
            MaxHeaderBytes));
        Platform = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseCookies = false,
            UseProxy = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            ResponseHeaderEncodingSelector = static (_, _) => HeaderText.Encoding,
            MaxResponseHeadersLength = MaxHeaderBytes / 1024,
        });
    }

    public HttpMessageInvoker Own { get; }

    public HttpMessageInvoker Platform { get; }

    /// <summary>Whether somebody else has connected.</summary>
    public bool IsAskedAgain => _listener.Pending();

    public HttpRequestMessage Request(string method = "GET") =>
        new(new HttpMethod(method), $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/") { VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };

    /// <summary>What a client makes of an answer, behind which the destination ends the connection: all of it in a line, or that it failed before its head, or behind.</summary>
    /// <param name="client">One of both.</param>
    /// <param name="answer">A character stands for each byte.</param>
    /// <param name="cuts">Where it is cut into pieces that are sent one after the other, in order.</param>
    /// <param name="method">That of the request.</param>
    public async Task<Verdict> OfAsync(HttpMessageInvoker client, string answer, IReadOnlyList<int>? cuts = null, string method = "GET")
    {
        using var request = Request(method);
        using var judged = new CancellationTokenSource();
        var answering = AnswerAsync(answer, cuts ?? [], judged.Token);
        var verdict = await Verdict.OfAsync(client.SendAsync(request, Deadline.Token()));
        await judged.CancelAsync();
        await answering;
        return verdict;
    }

    public Task<Verdict> OwnAsync(string answer, string method = "GET") => OfAsync(Own, answer, method: method);

    public Task<Verdict> PlatformsAsync(string answer, string method = "GET") => OfAsync(Platform, answer, method: method);

    public async Task<Socket> AcceptAsync()
    {
        var socket = await _listener.AcceptSocketAsync(Deadline.Token());
        socket.NoDelay = true;
        return socket;
    }

    /// <summary>Ends when a whole head has come; false when the connection ended before.</summary>
    public static async Task<bool> IsAskedAsync(Socket connection)
    {
        var head = new StringBuilder();
        var buffer = new byte[1024];
        while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var count = await connection.ReceiveAsync(buffer, Deadline.Token());
            if (count == 0)
            {
                return false;
            }

            head.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return true;
    }

    public void Dispose()
    {
        Own.Dispose();
        Platform.Dispose();
        _listener.Dispose();
        _loops.Dispose();
        _metrics.Dispose();
    }

    /// <summary>A client may ask again where nothing came.</summary>
    private async Task AnswerAsync(string answer, IReadOnlyList<int> cuts, CancellationToken judged)
    {
        try
        {
            while (true)
            {
                using var connection = await _listener.AcceptSocketAsync(judged);
                connection.NoDelay = true;
                await AnswerAsync(connection, answer, cuts);
            }
        }
        catch (OperationCanceledException)
        {
            // It asks no more.
        }
    }

    private static async Task AnswerAsync(Socket connection, string answer, IReadOnlyList<int> cuts)
    {
        try
        {
            Assert.True(await IsAskedAsync(connection));
            var bytes = Encoding.Latin1.GetBytes(answer);
            var begun = 0;
            foreach (var cut in (IEnumerable<int>)[.. cuts, bytes.Length])
            {
                await connection.SendAsync(bytes.AsMemory(begun, cut - begun), Deadline.Token());
                begun = cut;
            }

            connection.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The client had enough of it.
        }
    }

    private sealed class Refusing : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("The request was left to the platform's client.");
    }
}

/// <summary>What a client has made of an answer.</summary>
/// <param name="Text">Status, headers, content and trailers; nothing but what it is where it failed.</param>
/// <param name="Failure">Why it failed; null when it did not.</param>
internal sealed record Verdict(string Text, Exception? Failure)
{
    public bool IsWhole => Failure is null;

    /// <summary>What was wrong, as it is known to programs.</summary>
    public HttpRequestError? Error => (Failure as HttpRequestException)?.HttpRequestError ?? (Failure as HttpIOException)?.HttpRequestError;

    public static async Task<Verdict> OfAsync(Task<HttpResponseMessage> sent)
    {
        HttpResponseMessage answer;
        try
        {
            answer = await sent;
        }
        catch (HttpRequestException exception)
        {
            return new Verdict("It failed before its content.", exception);
        }

        using (answer)
        {
            try
            {
                using var content = new MemoryStream();
                await (await answer.Content.ReadAsStreamAsync(Deadline.Token())).CopyToAsync(content, Deadline.Token());
                var text = new StringBuilder($"{(int)answer.StatusCode} {answer.ReasonPhrase}");
                Append(text, [.. answer.Headers.NonValidated, .. answer.Content.Headers.NonValidated]);
                text.Append(" = ").Append(Encoding.Latin1.GetString(content.ToArray()));
                Append(text, [.. answer.TrailingHeaders.NonValidated]);
                return new Verdict(text.ToString(), null);
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException)
            {
                return new Verdict("It was cut off.", exception);
            }
        }
    }

    public override string ToString() => Failure is null ? Text : $"{Text} {Failure.Message}";

    private static void Append(StringBuilder text, IEnumerable<KeyValuePair<string, System.Net.Http.Headers.HeaderStringValues>> headers)
    {
        foreach (var (name, values) in headers.OrderBy(header => header.Key, StringComparer.Ordinal))
        {
            text.Append(" | ").Append(name).Append(": ").AppendJoin(", ", values);
        }
    }
}
