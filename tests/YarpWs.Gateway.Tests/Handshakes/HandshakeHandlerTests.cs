using System.Net;
using System.Net.Sockets;
using System.Text;
using YarpWs.Gateway.Handshakes;
using YarpWs.Gateway.Routes.Balancing;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Tests.Handshakes;

public sealed class HandshakeHandlerTests : IDisposable
{
    private const string Accepted = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

    private readonly EventLoops _loops = new(2, TimeProvider.System);
    private readonly RawDestination _destination = new();
    private readonly HttpMessageInvoker _client;

    public HandshakeHandlerTests() => _client = new HttpMessageInvoker(new HandshakeHandler(Platform(), _loops, new Descriptors(), new DestinationConnector(Names.OfSystem, new() { ConnectTimeout = Deadline.Length }), ProxyProtocolVersion.None));

    public void Dispose()
    {
        _client.Dispose();
        _destination.Dispose();
        _loops.Dispose();
    }

    private static SocketsHttpHandler Platform() => new()
    {
        ActivityHeadersPropagator = null,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
    };

    private static async Task<string> ReadAsync(Stream stream, int count)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, Deadline.Token());
        return Encoding.Latin1.GetString(bytes);
    }

    [Fact]
    public async Task Acceptance_GivesTheSocketItself_AndWhatCameWithIt()
    {
        using var request = _destination.Handshake();
        var sent = _client.SendAsync(request, Deadline.Token());
        using var asked = await _destination.AcceptAsync();
        await asked.AnswerAsync(Accepted + "ahead");

        var answer = await sent;
        await using var connection = Assert.IsType<LoopStream>(await answer.Content.ReadAsStreamAsync(Deadline.Token()));
        await asked.AnswerAsync(" and after");

        Assert.Same(request, answer.RequestMessage);
        Assert.Equal("ahead and after", await ReadAsync(connection, 15));
        await connection.WriteAsync(new byte[] { 7 }, Deadline.Token());
        Assert.Equal(7, asked.Connection.ReadByte());
    }

    [Fact]
    public async Task Acceptance_ThatComesByteForByte_IsRead()
    {
        using var request = _destination.Handshake();
        var sent = _client.SendAsync(request, Deadline.Token());
        using var asked = await _destination.AcceptAsync();
        foreach (var letter in Accepted)
        {
            await asked.AnswerAsync(letter.ToString());
        }

        using var answer = await sent;
        Assert.Equal(HttpStatusCode.SwitchingProtocols, answer.StatusCode);
    }

    [Theory]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + Accepted)]
    [InlineData("HTTP/1.1 101 Switching Protocols\nConnection: Upgrade\nUpgrade: websocket\n\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n")]
    public async Task Acceptance_ThatThePlatformsClientReads_StillGivesItsSocket(string head)
    {
        using var request = _destination.Handshake();
        var sent = _client.SendAsync(request, Deadline.Token());
        using var asked = await _destination.AcceptAsync();
        await asked.AnswerAsync(head + "ahead");

        using var answer = await sent;
        Assert.Equal(HttpStatusCode.SwitchingProtocols, answer.StatusCode);
        await using var connection = await LoopStream.TakeFromAsync(await answer.Content.ReadAsStreamAsync(Deadline.Token()));
        await connection.WriteAsync(new byte[] { 7 }, Deadline.Token());

        Assert.Equal("ahead", await ReadAsync(connection, 5));
        Assert.Equal(7, asked.Connection.ReadByte());
    }

    [Fact]
    public async Task AnswerThatIsDisposedOf_ClosesItsConnection()
    {
        using var request = _destination.Handshake();
        var sent = _client.SendAsync(request, Deadline.Token());
        using var asked = await _destination.AcceptAsync();
        await asked.AnswerAsync(Accepted);

        (await sent).Dispose();

        await asked.ClosedAsync();
    }

    /// <summary>What is no acceptance ends as it does without this handler, and its connection with it.</summary>
    [Theory]
    [InlineData("HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\nX-Own: a\r\n\r\nno!!!")]
    [InlineData("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 403 Forbidden\r\nContent-Length: 5, 5\r\n\r\nno!!!", true)]
    [InlineData("HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nno!!!?", true)]
    [InlineData("HTTP/1.1 403 Forbidden\r\nContent-Length: 50\r\n\r\nno!!!", true)]
    [InlineData("HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nno!\r\n2;x=y\r\n!!\r\n0\r\nX-Trailer: a\r\n\r\n")]
    [InlineData("HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n5\r\nno!!!\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", true)]
    [InlineData("HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nno", true)]
    [InlineData("HTTP/1.1 403 Forbidden\r\n\r\nuntil the end", true)]
    [InlineData("HTTP/1.0 503 Service Unavailable\r\nRetry-After: 3\r\n\r\nuntil the end", true)]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n")]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: /login\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 401 Unauthorized\r\nX-Own: a\r\n folded\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nX-\u00d6wn: a\r\n\r\n", true)]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nno colon\r\n\r\n", true)]
    [InlineData("HTTP/1.1 101 Switching Proto", true)]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n", true)]
    [InlineData("HTTP/2 101 Switching Protocols\r\n\r\n", true)]
    [InlineData("HTTP/1.1 9x9 What\r\n\r\n", true)]
    [InlineData("SSH-2.0-OpenSSH_9.2p1\r\n", true)]
    [InlineData("\r\n\r\n", true)]
    [InlineData("", true)]
    public async Task AnswerThatIsNoAcceptance_IsWhatThePlatformsClientMakesOfIt(string answer, bool closes = false)
    {
        using var platform = new HttpMessageInvoker(Platform());

        Assert.Equal(await AskAsync(platform), await AskAsync(_client));

        async Task<string> AskAsync(HttpMessageInvoker client)
        {
            using var request = _destination.Handshake();
            var read = ReadAnswerAsync(client, request);
            do
            {
                using var asked = await _destination.AcceptAsync();
                await asked.AnswerAsync(answer);
                if (!closes && client == _client)
                {
                    await asked.ClosedAsync();
                }

                if (!closes)
                {
                    return await read;
                }
            }
            while (client != _client && await AsksAgainAsync(read));
            return await read;
        }

        // It asks again where a connection was closed without an answer.
        async Task<bool> AsksAgainAsync(Task read)
        {
            while (!read.IsCompleted)
            {
                if (_destination.IsAskedAgain)
                {
                    return true;
                }

                await Eventually.AgainAsync(Deadline.Token());
            }

            return false;
        }
    }

    [Fact]
    public async Task AnswerWithoutAnEndOfItsHead_IsReadUpToABound()
    {
        using var request = _destination.Handshake();
        var sent = _client.SendAsync(request, Deadline.Token());
        using var asked = await _destination.AcceptAsync();
        await asked.AnswerAsync("HTTP/1.1 101 Switching Protocols\r\nX-Own: " + new string('a', 65 * 1024));

        Assert.Equal(HttpRequestError.ConfigurationLimitExceeded, (await Assert.ThrowsAsync<HttpRequestException>(() => sent)).HttpRequestError);
    }

    [Fact]
    public async Task LongAcceptance_IsReadToo()
    {
        using var request = _destination.Handshake();
        var sent = _client.SendAsync(request, Deadline.Token());
        using var asked = await _destination.AcceptAsync();
        await asked.AnswerAsync(Accepted[..^2] + $"X-Own: {new string('a', 20_000)}\r\n\r\n");

        using var answer = await sent;
        Assert.Equal(20_000, answer.Headers.NonValidated["X-Own"].ToString().Length);
    }

    [Fact]
    public async Task Destination_ThatClosesWithoutAnAnswer_IsNotAskedAgain()
    {
        using var request = _destination.Handshake();
        var sent = _client.SendAsync(request, Deadline.Token());
        (await _destination.AcceptAsync()).Dispose();

        Assert.Equal(HttpRequestError.ResponseEnded, (await Assert.ThrowsAsync<HttpRequestException>(() => sent)).HttpRequestError);
        Assert.False(_destination.IsAskedAgain);
    }

    [Fact]
    public async Task Destination_ThatResetsTheConnection_HasFailed()
    {
        using var request = _destination.Handshake();
        var sent = _client.SendAsync(request, Deadline.Token());
        using var asked = await _destination.AcceptAsync();
        asked.Connection.Socket.Close(timeout: 0);

        Assert.IsType<IOException>((await Assert.ThrowsAsync<HttpRequestException>(() => sent)).InnerException, exactMatch: false);
    }

    [Fact]
    public async Task Destination_ThatNobodyListensAt_IsNotReached()
    {
        using var request = _destination.Handshake();
        _destination.Dispose();

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => _client.SendAsync(request, Deadline.Token()));

        Assert.Equal(HttpRequestError.ConnectionError, failure.HttpRequestError);
        Assert.IsType<SocketException>(failure.InnerException);
    }

    [Fact]
    public async Task Destination_ByName_IsReachedAtAnyOfItsAddresses()
    {
        using var request = RawDestination.HandshakeTo($"http://localhost:{_destination.Port}/ws");
        var sent = _client.SendAsync(request, Deadline.Token());
        using var asked = await _destination.AcceptAsync();
        await asked.AnswerAsync(Accepted);

        using var answer = await sent;
        Assert.Contains($"\r\nHost: localhost:{_destination.Port}\r\n", asked.Head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Destination_ThatDoesNotTakeTheConnection_IsWaitedForNoLongerThanTheTimeout()
    {
        // A queue with room for one, which is taken.
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        using var first = new TcpClient();
        await first.ConnectAsync((IPEndPoint)full.LocalEndPoint!, Deadline.Token());
        using var client = new HttpMessageInvoker(new HandshakeHandler(Platform(), _loops, new Descriptors(), new DestinationConnector(Names.OfSystem, new() { ConnectTimeout = TimeSpan.FromMilliseconds(50) }), ProxyProtocolVersion.None));
        using var request = RawDestination.HandshakeTo($"http://{full.LocalEndPoint}/ws");

        var failure = await Assert.ThrowsAsync<TaskCanceledException>(() => client.SendAsync(request, Deadline.Token()));

        Assert.IsType<TimeoutException>(failure.InnerException);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 101 Swit")]
    [InlineData("HTTP/1.1 403 Forb")]
    public async Task Cancellation_ClosesTheConnection(string begun)
    {
        using var cancel = new CancellationTokenSource();
        using var request = _destination.Handshake();
        var sent = _client.SendAsync(request, cancel.Token);
        using var asked = await _destination.AcceptAsync();
        await asked.AnswerAsync(begun);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sent);
        await asked.ClosedAsync();
    }

    [Fact]
    public async Task OtherRequests_GoThroughThePlatformsClient()
    {
        using var request = _destination.Handshake();
        request.Headers.Remove("Upgrade");
        var sent = _client.SendAsync(request, Deadline.Token());
        using var asked = await _destination.AcceptAsync();
        await asked.AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

        using var answer = await sent;
        Assert.Equal("ok", await answer.Content.ReadAsStringAsync(Deadline.Token()));
    }

    private static async Task<string> ReadAnswerAsync(HttpMessageInvoker client, HttpRequestMessage request)
    {
        try
        {
            using var answer = await client.SendAsync(request, Deadline.Token());
            var headers = answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated).Select(header => $"{header.Key}: {header.Value}");
            var head = string.Join('\n', [$"{answer.Version} {answer.StatusCode} {answer.ReasonPhrase}", .. headers]);
            try
            {
                return $"{head}\n\n{await answer.Content.ReadAsStringAsync(Deadline.Token())}";
            }
            catch (HttpRequestException exception)
            {
                return $"{head}\n\n{exception.HttpRequestError}";
            }
        }
        catch (HttpRequestException exception)
        {
            return $"{exception.HttpRequestError} {exception.InnerException?.GetType()}";
        }
    }
}
