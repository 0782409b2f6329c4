using System.Net;

namespace YarpWs.Gateway.Tests.Forwarding;

/// <summary>Routes whose destinations are kept from slow clients, as nginx's proxy_request_buffering and proxy_buffering do.</summary>
public class BufferingTests
{
    private const string Post = "POST /open/x HTTP/1.1\r\nHost: a.example\r\n";
    private const int Megabyte = 1 << 20;

    private static readonly (string Key, string? Value) Requests = ("ReverseProxy:Routes:open:Metadata:Bodies.BufferRequests", "true");
    private static readonly (string Key, string? Value) Answers = ("ReverseProxy:Routes:open:Metadata:Bodies.BufferAnswers", "true");
    private static readonly (string Key, string? Value) NoDisk = ("Bodies:BufferDirectory", "/proc/no/such/directory");

    [Fact]
    public async Task Request_ThatIsBuffered_IsForwardedWhole_WithItsLength()
    {
        await using var gateway = await RawGateway.StartAsync(Requests);
        using var slow = await gateway.ConnectAsync();
        await slow.SendAsync(Post + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        await gateway.ForwardedAsync("GET /open/x HTTP/1.1\r\nHost: a.example\r\n\r\n");
        Assert.False(gateway.Destination.IsAskedAgain);

        await slow.SendAsync("5\r\nagain\r\n0\r\n\r\n");
        using var asked = await gateway.Destination.AcceptAsync();

        Assert.Contains("\r\nContent-Length: 10\r\n", asked.Head, StringComparison.Ordinal);
        Assert.DoesNotContain("Transfer-Encoding", asked.Head, StringComparison.OrdinalIgnoreCase);
        await asked.ReadToAsync("helloagain");
    }

    [Fact]
    public async Task Request_BeyondTheMemory_GoesThroughAFile()
    {
        await using var gateway = await RawGateway.StartAsync(Requests, ("Bodies:BufferMemoryBytes", "4096"));
        using var client = await gateway.ConnectAsync();
        var body = string.Concat(Enumerable.Range(0, 20_000).Select(number => $"{number:D5}\n"));
        await client.SendAsync($"{Post}Content-Length: {body.Length}\r\n\r\n{body}");
        using var asked = await gateway.Destination.AcceptAsync();

        Assert.Equal(body, await asked.ReadToAsync("19999\n"));
    }

    [Theory]
    [InlineData("Content-Length: 5000\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n1388\r\n")]
    public async Task Request_BeyondTheRoom_Is413(string begun)
    {
        await using var gateway = await RawGateway.StartAsync(Requests, ("Bodies:BufferMemoryBytes", "4096"), ("Bodies:BufferFileBytes", "0"));

        Assert.StartsWith("HTTP/1.1 413 ", await gateway.RefusedAsync(Post + begun + new string('a', 5000)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_WhoseFileCannotBeWritten_Is503_AndTheOperatorIsTold()
    {
        await using var gateway = await RawGateway.StartAsync(Requests, NoDisk, ("Bodies:BufferMemoryBytes", "4096"));

        var head = await gateway.RefusedAsync($"{Post}Content-Length: 10000\r\n\r\n{new string('a', 10000)}");

        Assert.StartsWith("HTTP/1.1 503 ", head, StringComparison.Ordinal);
        Assert.Contains("\r\nRetry-After: ", head, StringComparison.Ordinal);
        await gateway.Log.ExpectAsync(1220);
    }

    [Fact]
    public async Task Request_ThatIsBuffered_AndPausesTooLong_Is408()
    {
        await using var gateway = await RawGateway.StartAsync(Requests, ("Bodies:ReceiveTimeout", "00:00:01"));

        Assert.StartsWith("HTTP/1.1 408 ", await gateway.RefusedAsync(Post + "Content-Length: 10\r\n\r\nhello"), StringComparison.Ordinal);
    }

    /// <summary>More than the buffers of all sockets between them take.</summary>
    [Fact]
    public async Task Destination_OfAnAnswerThatIsBuffered_IsDone_BeforeTheClientReads()
    {
        const int Megabytes = 48;
        await using var gateway = await RawGateway.StartAsync(Answers);
        var answering = gateway.Http.GetAsync(new Uri(gateway.Address, "/open/x"), HttpCompletionOption.ResponseHeadersRead, Deadline.Token());
        using (var asked = await gateway.Destination.AcceptAsync())
        {
            await asked.AnswerAsync($"HTTP/1.1 200 OK\r\nContent-Length: {Megabytes * Megabyte}\r\n\r\n");
            for (var sent = 0; sent < Megabytes; sent++)
            {
                await asked.Connection.WriteAsync(Piece(sent), Deadline.Token());
            }
        }

        using var answer = await answering;
        await AssertPiecesAsync(answer, Megabytes);
    }

    [Fact]
    public async Task Answer_WhoseFileCannotBeWritten_GoesOnAtTheClientsPace()
    {
        await using var gateway = await RawGateway.StartAsync(Answers, NoDisk);
        var answering = gateway.Http.GetAsync(new Uri(gateway.Address, "/open/x"), HttpCompletionOption.ResponseHeadersRead, Deadline.Token());
        using var asked = await gateway.Destination.AcceptAsync();
        await asked.AnswerAsync($"HTTP/1.1 200 OK\r\nContent-Length: {32 * Megabyte}\r\n\r\n");
        var sending = Task.Run(async () =>
        {
            for (var sent = 0; sent < 32; sent++)
            {
                await asked.Connection.WriteAsync(Piece(sent), Deadline.Token());
            }
        }, TestContext.Current.CancellationToken);
        await gateway.Log.ExpectAsync(1220);

        using var answer = await answering;
        await AssertPiecesAsync(answer, 32);
        await sending;
    }

    [Fact]
    public async Task Answer_ThatIsBuffered_ReachesTheClientPieceByPiece()
    {
        await using var gateway = await RawGateway.StartAsync(Answers);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync("GET /open/x HTTP/1.1\r\nHost: a.example\r\n\r\n");
        using var asked = await gateway.Destination.AcceptAsync();
        await asked.AnswerAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        await client.ReadToAsync("hello\r\n");

        await asked.AnswerAsync("5\r\nagain\r\n0\r\n\r\n");

        await client.ReadToAsync("again\r\n0\r\n\r\n");
    }

    [Fact]
    public async Task Answer_ThatIsBuffered_AndCutByItsDestination_IsCutForTheClient()
    {
        await using var gateway = await RawGateway.StartAsync(Answers);
        using var client = await gateway.ConnectAsync();
        await client.SendAsync("GET /open/x HTTP/1.1\r\nHost: a.example\r\n\r\n");
        using (var asked = await gateway.Destination.AcceptAsync())
        {
            await asked.AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
            await client.ReadToAsync("hello");
        }

        await client.CutAsync();
    }

    private static byte[] Piece(int number)
    {
        var bytes = new byte[Megabyte];
        new Random(number).NextBytes(bytes);
        return bytes;
    }

    private static async Task AssertPiecesAsync(HttpResponseMessage answer, int count)
    {
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await using var content = await answer.Content.ReadAsStreamAsync(Deadline.Token());
        var bytes = new byte[Megabyte];
        for (var number = 0; number < count; number++)
        {
            await content.ReadExactlyAsync(bytes, Deadline.Token());
            Assert.True(bytes.AsSpan().SequenceEqual(Piece(number)), $"Piece {number} is another.");
        }

        Assert.Equal(0, await content.ReadAsync(bytes, Deadline.Token()));
    }
}
