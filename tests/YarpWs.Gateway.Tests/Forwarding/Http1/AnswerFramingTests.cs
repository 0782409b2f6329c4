namespace YarpWs.Gateway.Tests.Forwarding.Http1;

/// <summary>Where an answer ends, rule by rule of RFC 9112, section 6.3, and what is refused because it cannot be known.</summary>
public sealed class AnswerFramingTests : IDisposable
{
    private const string Ok = "HTTP/1.1 200 OK\r\n";

    private readonly AnsweringDestination _destination = new();

    public void Dispose() => _destination.Dispose();

    /// <summary>Rule 1: answers to HEAD, and those with a status that has none, have no content whatever their head says.</summary>
    [Theory]
    [InlineData("HEAD", "200 OK", "Content-Length: 5\r\n")]
    [InlineData("HEAD", "200 OK", "Transfer-Encoding: chunked\r\n")]
    [InlineData("HEAD", "200 OK", "")]
    [InlineData("GET", "204 No Content", "Content-Length: 5\r\n")]
    [InlineData("GET", "204 No Content", "Transfer-Encoding: chunked\r\n")]
    [InlineData("GET", "304 Not Modified", "Content-Length: 5\r\n")]
    public async Task Answer_WithoutContentByItsMethodOrStatus_EndsWithItsHead(string method, string status, string header)
    {
        var answer = $"HTTP/1.1 {status}\r\n{header}\r\n";

        var own = await _destination.OwnAsync(answer, method);

        Assert.EndsWith(" = ", own.Text, StringComparison.Ordinal);
        Assert.Equal(await _destination.PlatformsAsync(answer, method), own);
    }

    [Theory]
    [InlineData("100 Continue")]
    [InlineData("102 Processing")]
    [InlineData("103 Early Hints")]
    public async Task InterimAnswer_HasNoContent_AndTheAnswerFollows(string status) =>
        await IsTakenAsAsync("hello", $"HTTP/1.1 {status}\r\nContent-Length: 5\r\nLink: </a>\r\n\r\n{Ok}Content-Length: 5\r\n\r\nhello");

    [Fact]
    public async Task InterimAnswers_WithoutEnd_AreRefused()
    {
        var own = await _destination.OwnAsync(string.Concat(Enumerable.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 33)) + $"{Ok}Content-Length: 5\r\n\r\nhello");

        Assert.Equal(HttpRequestError.ConfigurationLimitExceeded, own.Error);
    }

    /// <summary>Rule 3: which of both counts is a matter of taste, so that no one else may be asked (RFC 9112, section 11.2).</summary>
    [Theory]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")]
    [InlineData("transfer-encoding: chunked\r\ncontent-length: 10\r\n")]
    public Task LengthAndTransferCoding_AreRefused(string headers) => IsRefusedAsync($"{Ok}{headers}\r\n5\r\nhello\r\n0\r\n\r\n");

    /// <summary>Rule 4: a coding that is not known cannot be taken off, and the client is told of none.</summary>
    [Theory]
    [InlineData("Transfer-Encoding: gzip, chunked\r\n")]
    [InlineData("Transfer-Encoding: chunked, gzip\r\n")]
    [InlineData("Transfer-Encoding: gzip\r\n")]
    [InlineData("Transfer-Encoding: identity\r\n")]
    [InlineData("Transfer-Encoding: chunked, chunked\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")]
    [InlineData("Transfer-Encoding: chunked;q=1\r\n")]
    [InlineData("Transfer-Encoding: xchunked\r\n")]
    [InlineData("Transfer-Encoding: \"chunked\"\r\n")]
    [InlineData("Transfer-Encoding: chunked\u000b\r\n")]
    [InlineData("Transfer-Encoding:\r\n")]
    public Task TransferCoding_OtherThanOneChunked_IsRefused(string header) => IsRefusedAsync($"{Ok}{header}\r\n5\r\nhello\r\n0\r\n\r\n");

    /// <summary>Section 6.1: HTTP/1.0 knows none, and what such a destination means by it is not known.</summary>
    [Fact]
    public Task TransferCoding_InHttp10_IsRefused() => IsRefusedAsync("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");

    [Theory]
    [InlineData("Transfer-Encoding: chunked\r\n")]
    [InlineData("transfer-encoding:CHUNKED\r\n")]
    [InlineData("TRANSFER-ENCODING: \t Chunked \t\r\n")]
    public Task ChunkedAnswer_EndsBehindItsTrailers(string header) => IsTakenAsAsync("hello again", $"{Ok}{header}\r\n5\r\nhello\r\n6\r\n again\r\n0\r\n\r\n");

    /// <summary>Rule 5: several lengths differ for someone, and a list of the same ones need not be taken.</summary>
    [Theory]
    [InlineData("Content-Length: 5\r\nContent-Length: 6\r\n")]
    [InlineData("Content-Length: 5\r\nContent-Length: 5\r\n")]
    [InlineData("Content-Length: 5, 5\r\n")]
    [InlineData("Content-Length: 5,6\r\n")]
    [InlineData("Content-Length: +5\r\n")]
    [InlineData("Content-Length: -5\r\n")]
    [InlineData("Content-Length: 0x5\r\n")]
    [InlineData("Content-Length: 5 5\r\n")]
    [InlineData("Content-Length: 5.0\r\n")]
    [InlineData("Content-Length: \"5\"\r\n")]
    [InlineData("Content-Length:\r\n")]
    [InlineData("Content-Length: \u00b2\r\n")]
    [InlineData("Content-Length: 9223372036854775808\r\n")]
    [InlineData("Content-Length: 18446744073709551621\r\n")]
    public Task Length_ThatIsNotOneNumber_IsRefused(string headers) => IsRefusedAsync($"{Ok}{headers}\r\nhello");

    /// <summary>Rule 6.</summary>
    [Theory]
    [InlineData("Content-Length: 5\r\n")]
    [InlineData("content-length:5\r\n")]
    [InlineData("Content-Length: \t05 \r\n")]
    public Task Answer_WithALength_EndsBehindSoManyBytes(string header) => IsTakenAsAsync("hello", $"{Ok}{header}\r\nhello");

    [Theory]
    [InlineData("Content-Length: 5\r\n\r\n")]
    [InlineData("Content-Length: 5\r\n\r\nhell")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhell")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Own: 1\r\n")]
    public async Task Answer_ThatEndsTooEarly_IsNeverTakenForWhole(string rest)
    {
        var own = await _destination.OwnAsync(Ok + rest);

        Assert.Equal(HttpRequestError.ResponseEnded, own.Error);
        Assert.False((await _destination.PlatformsAsync(Ok + rest)).IsWhole);
    }

    /// <summary>Rule 8.</summary>
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", "hello")]
    [InlineData("HTTP/1.0 200 OK\r\n\r\n", "hello")]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n", "")]
    public Task Answer_ThatSaysNothingOfItsEnd_EndsWithTheConnection(string head, string body) => IsTakenAsAsync(body, head + body);

    [Theory]
    [InlineData("5;a=b\r\nhello\r\n0;c\r\n\r\n")]
    [InlineData("5 ;a=\"b;c\"\r\nhello\r\n0\r\n\r\n")]
    [InlineData("005\r\nhello\r\n00\r\n\r\n")]
    public Task ChunkExtension_IsPassedOver(string chunks) => IsTakenAsAsync("hello", $"{Ok}Transfer-Encoding: chunked\r\n\r\n{chunks}");

    [Theory]
    [InlineData("\r\nhello\r\n0\r\n\r\n")]
    [InlineData(" 5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5 \r\nhello\r\n0\r\n\r\n")]
    [InlineData("5 5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("+5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("-5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("0x5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("g\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5;a\rb\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5;a\0b\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\nhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhello\n0\r\n\r\n")]
    [InlineData("5\r\nhello0\r\n\r\n")]
    [InlineData("5\r\nhelloX\r\n0\r\n\r\n")]
    [InlineData("5\r\nhello\r\n0\n\r\n")]
    [InlineData("5\r\nhello\r\n0\r\n\n")]
    public Task Chunk_ThatIsNone_IsRefused(string chunks) => IsRefusedAsync($"{Ok}Transfer-Encoding: chunked\r\n\r\n{chunks}");

    [Theory]
    [InlineData("8000000000000000")]
    [InlineData("ffffffffffffffff")]
    [InlineData("10000000000000005")]
    [InlineData("100000000000000000000000000000005")]
    public Task ChunkSize_BeyondWhatCanBeCounted_IsRefused(string size) => IsRefusedAsync($"{Ok}Transfer-Encoding: chunked\r\n\r\n{size}\r\nhello\r\n0\r\n\r\n");

    [Fact]
    public async Task ChunkSize_AsGreatAsCanBeCounted_IsTaken() =>
        Assert.Equal(HttpRequestError.ResponseEnded, (await _destination.OwnAsync($"{Ok}Transfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\nhello")).Error);

    [Fact]
    public async Task ChunkExtensions_AreBounded()
    {
        await IsTooLongAsync($"5;{new string('a', 5000)}\r\nhello\r\n0\r\n\r\n");
        await IsTooLongAsync(string.Concat(Enumerable.Repeat($"1;{new string('a', 2000)}\r\nx\r\n", 9)) + "0\r\n\r\n");
        await IsTooLongAsync($"{new string('0', 5000)}5\r\nhello\r\n0\r\n\r\n");
    }

    [Theory]
    [InlineData("X-Sum: 1\r\nx-sum: \u00e9\r\n", " | X-Sum: 1, \u00e9")]
    [InlineData("ETag: 1\r\nLast-Modified: x\r\ngrpc-status: 0\r\n", " | ETag: 1 | Last-Modified: x | grpc-status: 0")]
    [InlineData("Content-Length: 7\r\ntransfer-encoding: chunked\r\nTrailer: X\r\n", "")]
    [InlineData("Set-Cookie: a=b\r\nLocation: /\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nCache-Control: public\r\nWWW-Authenticate: Basic\r\n", "")]
    [InlineData("Age: 1\r\nDate: x\r\nExpires: 0\r\nVary: *\r\nWarning: x\r\nRetry-After: 1\r\nPragma: x\r\nContent-Range: x\r\nHost: x\r\nTE: x\r\n", "")]
    public async Task Trailers_ArePassedOn_ButThoseThatMayNotBe(string trailers, string passedOn)
    {
        var answer = $"{Ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n{trailers}\r\n";

        var own = await _destination.OwnAsync(answer);

        Assert.EndsWith($" = hello{passedOn}", own.Text, StringComparison.Ordinal);
        Assert.Equal(await _destination.PlatformsAsync(answer), own);
    }

    [Theory]
    [InlineData("X-Sum : 1\r\n")]
    [InlineData(" X-Sum: 1\r\n")]
    [InlineData("X-Sum: 1\r\n 2\r\n")]
    [InlineData("X-Sum\r\n")]
    [InlineData("X-Sum: a\0b\r\n")]
    [InlineData("X-Sum: a\rb\r\n")]
    [InlineData("X-Sum: a\n")]
    public Task Trailer_ThatIsNone_IsRefused(string trailer) => IsRefusedAsync($"{Ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n{trailer}\r\n");

    [Fact]
    public async Task Trailers_AreBounded()
    {
        await IsTooLongAsync($"5\r\nhello\r\n0\r\nX-Sum: {new string('a', AnsweringDestination.MaxHeaderBytes)}\r\n\r\n");
        await IsTooLongAsync("5\r\nhello\r\n0\r\n" + string.Concat(Enumerable.Repeat($"X-Sum: {new string('a', 1000)}\r\n", 70)) + "\r\n");
    }

    /// <summary>Sections 2.2, 4 and 5.</summary>
    [Theory]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 5\n\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length\t: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Own: a\r\n b\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Own: a\r\n\tb\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\n X-Own: a\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Own: a\0b\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Own: a\rb\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Own: a\r\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Own: a\u007fb\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nX Own: a\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nX\u00e9: a\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\n: a\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Own\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 O\0K\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData(" HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("http/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/2 200 OK\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.x 200 OK\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1  200 OK\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1\t200 OK\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 20 OK\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 2000 OK\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 +20 OK\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 000 OK\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200OK\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("hello\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    public Task Head_ThatIsNone_IsRefused(string answer) => IsRefusedAsync(answer);

    [Theory]
    [InlineData("HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 299 Gr\u00fc\u00dfe\r\nContent-Length: 5\r\nX-Own: \u00e9\u0080\u00ff\r\nx-own:b\r\nX-Empty:\r\n\r\nhello")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello")]
    public Task Head_IsReadAsByThePlatformsClient(string answer) => IsTakenAsAsync("hello", answer);

    [Fact]
    public async Task Head_IsBounded()
    {
        Assert.Equal(HttpRequestError.ConfigurationLimitExceeded, (await _destination.OwnAsync($"{Ok}X-Own: {new string('a', AnsweringDestination.MaxHeaderBytes)}\r\n\r\n")).Error);
        Assert.Equal(HttpRequestError.ConfigurationLimitExceeded, (await _destination.OwnAsync(Ok + string.Concat(Enumerable.Repeat($"X-Own: {new string('a', 1000)}\r\n", 70)) + "\r\n")).Error);
        Assert.True((await _destination.OwnAsync($"{Ok}X-Own: {new string('a', 60_000)}\r\nContent-Length: 5\r\n\r\nhello")).IsWhole);
    }

    private async Task IsTakenAsAsync(string content, string answer)
    {
        var own = await _destination.OwnAsync(answer);

        Assert.EndsWith($" = {content}", own.Text, StringComparison.Ordinal);
        Assert.Equal(await _destination.PlatformsAsync(answer), own);
    }

    private async Task IsRefusedAsync(string answer) => Assert.Equal(HttpRequestError.InvalidResponse, (await _destination.OwnAsync(answer)).Error);

    private async Task IsTooLongAsync(string chunks) =>
        Assert.Equal(HttpRequestError.ConfigurationLimitExceeded, (await _destination.OwnAsync($"{Ok}Transfer-Encoding: chunked\r\n\r\n{chunks}")).Error);
}
