using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace YarpWs.Gateway.Tests.Forwarding.Http1;

/// <summary>When a connection to a destination is used again, and what becomes of a request whose kept connection has ended.</summary>
public sealed class KeptConnectionTests : IDisposable
{
    private const string Answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private readonly FakeTimeProvider _time = new();
    private readonly AnsweringDestination _destination;

    public KeptConnectionTests() => _destination = new AnsweringDestination(_time);

    public void Dispose() => _destination.Dispose();

    [Theory]
    [InlineData("GET", Answer)]
    [InlineData("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")]
    [InlineData("GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\n\r\n")]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n")]
    [InlineData("GET", "HTTP/1.1 100 Continue\r\nConnection: close\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok")]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")]
    [InlineData("POST", Answer)]
    public async Task Connection_WhoseAnswerWasWhole_IsUsedAgain(string method, string answer)
    {
        using var connection = await AskAsync(method, answer);

        Assert.True(await AskAgainAsync(connection, method, answer));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: x , CLOSE\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: x\r\nconnection:close\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok")]
    [InlineData("HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData(Answer + "more")]
    [InlineData(Answer + Answer)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nmore")]
    public async Task Connection_ThatIsToEnd_OrOnWhichMoreHasCome_IsClosed(string answer)
    {
        using var connection = await AskAsync("GET", answer);

        await IsClosedAsync(connection);
    }

    [Fact]
    public async Task Connection_WhoseAnswerIsNotWanted_IsUsedAgain_WhereAllOfItHasCome()
    {
        var sent = _destination.AskAsync();
        using var connection = await _destination.AcceptAsync();
        await AnsweringDestination.IsAskedAsync(connection);
        await SendAsync(connection, "HTTP/1.1 205 Reset Content\r\nContent-Length: 2\r\n\r\nok");
        Assert.True((await sent).IsWhole);

        Assert.True(await AskAgainAsync(connection, "GET", Answer));
    }

    [Fact]
    public async Task Connection_WhoseAnswerIsNotWanted_IsClosed_WhereMoreIsToCome()
    {
        var sent = _destination.AskAsync();
        using var connection = await _destination.AcceptAsync();
        await AnsweringDestination.IsAskedAsync(connection);
        await SendAsync(connection, "HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\nok");
        Assert.True((await sent).IsWhole);

        await IsClosedAsync(connection);
    }

    /// <summary>A POST could not be sent again, so that the system is asked, whatever the loop has seen. What the system does not know yet, nobody can.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Connection_ThatHasEndedWhileItWasKept_IsNotUsed(bool isReset)
    {
        for (var times = 0; times < 50; times++)
        {
            var connection = await AskAsync("POST", Answer);
            var ends = (((IPEndPoint)connection.RemoteEndPoint!).Port, ((IPEndPoint)connection.LocalEndPoint!).Port);
            if (isReset)
            {
                connection.LingerState = new LingerOption(true, 0);
            }

            connection.Dispose();
            var deadline = Deadline.Token();
            while (Array.Exists(IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections(), one => (one.LocalEndPoint.Port, one.RemoteEndPoint.Port) == ends && one.State == TcpState.Established))
            {
                await Eventually.AgainAsync(deadline);
            }

            (await AskAsync("POST", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")).Dispose();
        }
    }

    /// <summary>What belongs to no request would be taken for the answer to the next one.</summary>
    [Fact]
    public async Task Connection_OnWhichSomethingCameWhileItWasKept_IsNotUsed()
    {
        using var connection = await AskAsync("POST", Answer);
        await SendAsync(connection, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");

        using var other = await AskAsync("POST", Answer);

        await IsClosedAsync(connection);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("OPTIONS")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task Request_ThatMayBeAskedTwice_IsSentOnceMore_WhenItsKeptConnectionEnds(string method)
    {
        using var kept = await AskAsync("GET", Answer);
        var sent = _destination.AskAsync(method);
        await AnsweringDestination.IsAskedAsync(kept);
        kept.Shutdown(SocketShutdown.Both);

        using var other = await _destination.AcceptAsync();
        Assert.True(await AnsweringDestination.IsAskedAsync(other));
        await SendAsync(other, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

        Assert.True((await sent).IsWhole);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PATCH")]
    [InlineData("ATTACH")]
    public async Task Request_ThatMayNotBeAskedTwice_Fails_WhenItsKeptConnectionEnds(string method)
    {
        using var kept = await AskAsync("GET", Answer);
        var sent = _destination.AskAsync(method);
        await AnsweringDestination.IsAskedAsync(kept);
        kept.Shutdown(SocketShutdown.Both);

        Assert.Equal(HttpRequestError.ResponseEnded, (await sent).Error);
        Assert.False(_destination.IsAskedAgain);
    }

    /// <summary>A destination may have done already what a body has told it.</summary>
    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("POST")]
    public async Task Request_WithABody_IsSentOnce_WhenItsKeptConnectionEnds(string method)
    {
        using var kept = await AskAsync("GET", Answer);
        var sent = _destination.AskAsync(method, context => AnsweringDestination.GiveBody(context, method, "hello"));
        Assert.True(await AnsweringDestination.IsAskedAsync(kept));
        kept.Shutdown(SocketShutdown.Both);

        Assert.Equal(HttpRequestError.ResponseEnded, (await sent).Error);
        Assert.False(_destination.IsAskedAgain);
    }

    [Fact]
    public async Task Request_WhoseAnswerHasBegun_IsNotSentAgain()
    {
        using var kept = await AskAsync("GET", Answer);
        var sent = _destination.AskAsync();
        await AnsweringDestination.IsAskedAsync(kept);
        await SendAsync(kept, "H");
        kept.Shutdown(SocketShutdown.Both);

        Assert.Equal("Request, 502.", (await sent).Text);
        Assert.False(_destination.IsAskedAgain);
    }

    [Fact]
    public async Task Request_OnANewConnection_IsNotSentAgain()
    {
        var sent = _destination.AskAsync();
        using var connection = await _destination.AcceptAsync();
        await AnsweringDestination.IsAskedAsync(connection);
        connection.Shutdown(SocketShutdown.Both);

        Assert.Equal("Request, 502.", (await sent).Text);
        Assert.False(_destination.IsAskedAgain);
    }

    /// <summary>The answer to a request that was cancelled would be taken for that to the next one.</summary>
    [Fact]
    public async Task Connection_WhoseRequestWasCancelled_IsClosed()
    {
        using var cancelled = new CancellationTokenSource();
        var sent = _destination.AskAsync("GET", cancelled.Token);
        using var connection = await _destination.AcceptAsync();
        await AnsweringDestination.IsAskedAsync(connection);
        await cancelled.CancelAsync();

        Assert.Equal("RequestCanceled, 400.", (await sent).Text);
        await IsClosedAsync(connection);
    }

    [Fact]
    public async Task Connection_ThatIsKeptTooLong_IsClosed()
    {
        using var connection = await AskAsync("GET", Answer);

        _time.Advance(AnsweringDestination.IdleTime);

        await IsClosedAsync(connection);
    }

    [Fact]
    public async Task Connection_ThatIsTooOld_IsNotUsed_HoweverOftenItWas()
    {
        using var connection = await AskAsync("GET", Answer);
        for (var passed = TimeSpan.Zero; passed + (AnsweringDestination.IdleTime / 3) < AnsweringDestination.Lifetime; passed += AnsweringDestination.IdleTime / 3)
        {
            Assert.True(await AskAgainAsync(connection, "GET", Answer));
            _time.Advance(AnsweringDestination.IdleTime / 3);
        }

        _time.Advance(AnsweringDestination.IdleTime / 3);
        using var other = await AskAsync("GET", Answer);

        await IsClosedAsync(connection);
    }

    [Fact]
    public async Task Destination_ThatLetsItsTimePass_IsGivenUp()
    {
        using var kept = await AskAsync("GET", Answer);
        var sent = _destination.AskAsync();
        await AnsweringDestination.IsAskedAsync(kept);

        _time.Advance(AnsweringDestination.FirstByteTimeout / 2);
        _time.Advance(AnsweringDestination.FirstByteTimeout / 2);
        _time.Advance(TimeSpan.FromSeconds(1));

        var verdict = await sent;
        Assert.Equal("RequestTimedOut, 504.", verdict.Text);
        Assert.IsAssignableFrom<TimeoutException>(verdict.Failure!.InnerException);
        await IsClosedAsync(kept);
        Assert.False(_destination.IsAskedAgain);
    }

    /// <summary>What is done with a body may take longer than to find something.</summary>
    [Fact]
    public async Task Destination_OfARequestWithABody_IsGivenUp_AfterTheActivityTimeoutAlone()
    {
        using var kept = await AskAsync("GET", Answer);
        var sent = _destination.AskAsync("POST", context => AnsweringDestination.GiveBody(context, "POST", "hello"));
        Assert.True(await AnsweringDestination.IsAskedAsync(kept));

        _time.Advance(AnsweringDestination.FirstByteTimeout + TimeSpan.FromSeconds(1));
        Assert.False(sent.IsCompleted);
        _time.Advance(AnsweringDestination.ActivityTimeout - AnsweringDestination.FirstByteTimeout);

        var verdict = await sent;
        Assert.Equal("RequestTimedOut, 504.", verdict.Text);
        Assert.Null(verdict.Failure!.InnerException);
    }

    /// <summary>Asks on a new connection, and reads the answer.</summary>
    private async Task<Socket> AskAsync(string method, string answer)
    {
        var verdict = _destination.AskAsync(method);
        var connection = await _destination.AcceptAsync();
        Assert.True(await AnsweringDestination.IsAskedAsync(connection));
        await SendAsync(connection, answer);
        Assert.True((await verdict).IsWhole);
        return connection;
    }

    /// <summary>Asks, and says whether that came on the same connection.</summary>
    private async Task<bool> AskAgainAsync(Socket connection, string method, string answer)
    {
        var verdict = _destination.AskAsync(method);
        var isAsked = await AnsweringDestination.IsAskedAsync(connection);
        await SendAsync(connection, answer);
        return isAsked && (await verdict).IsWhole;
    }

    private static async Task SendAsync(Socket connection, string text) => await connection.SendAsync(Encoding.Latin1.GetBytes(text), Deadline.Token());

    private static async Task IsClosedAsync(Socket connection)
    {
        try
        {
            Assert.Equal(0, await connection.ReceiveAsync(new byte[1], Deadline.Token()));
        }
        catch (SocketException)
        {
            // A reset, for what was left unread.
        }
    }
}
