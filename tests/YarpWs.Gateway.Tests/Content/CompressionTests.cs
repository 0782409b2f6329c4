using System.IO.Compression;
using System.Text;
using YarpWs.Gateway.Tests.Forwarding;

namespace YarpWs.Gateway.Tests.Content;

/// <summary>Answers that are compressed, and those that are not.</summary>
public sealed class CompressionTests
{
    private static readonly string Text = string.Concat(Enumerable.Repeat("all work and no play ", 200));

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("br, gzip", "br")]
    [InlineData("gzip;q=1, br;q=0.1", "gzip")]
    [InlineData("identity", "")]
    [InlineData("gzip;q=0", "")]
    public async Task Answer_IsCompressedAsTheClientTakesIt(string accepted, string encoding)
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files().Replace("'Files'", "'Compression': { }, 'Files'", StringComparison.Ordinal), ("www/a.txt", Text));

        using var answer = await site.AskAsync("/a.txt", ("Accept-Encoding", accepted));

        Assert.Equal(encoding, string.Join(",", answer.Content.Headers.ContentEncoding));
        Assert.Equal("Accept-Encoding", answer.Headers.Vary.ToString());
        Assert.Equal(Text, Decoded(encoding, await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)));
    }

    [Theory]
    [InlineData("'MinLength': 100000", "/a.txt")]
    [InlineData("'Types': [ 'text/css' ]", "/a.txt")]
    [InlineData("", "/a.bin")]
    public async Task Answer_ThatIsTooShortOrOfAnotherType_IsNot(string options, string path)
    {
        await using var site = await SiteGateway.StartAsync(
            SiteGateway.Files().Replace("'Files'", $"'Compression': {{ {options} }}, 'Files'", StringComparison.Ordinal), ("www/a.txt", Text), ("www/a.bin", Text));

        using var answer = await site.AskAsync(path, ("Accept-Encoding", "gzip"));

        Assert.Empty(answer.Content.Headers.ContentEncoding);
    }

    [Fact]
    public async Task Part_OfAFile_IsNot()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files().Replace("'Files'", "'Compression': { 'MinLength': 0 }, 'Files'", StringComparison.Ordinal), ("www/a.txt", Text));

        using var answer = await site.AskAsync("/a.txt", ("Accept-Encoding", "gzip"), ("Range", "bytes=0-99"));

        Assert.Empty(answer.Content.Headers.ContentEncoding);
        Assert.Equal(Text[..100], await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>A strong tag promises the same bytes (RFC 9110, section 8.8.1), and is good for asking again all the same.</summary>
    [Fact]
    public async Task Tag_OfACompressedAnswer_IsWeak()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Files().Replace("'Files'", "'Compression': { }, 'Files'", StringComparison.Ordinal), ("www/a.txt", Text));

        using var answer = await site.AskAsync("/a.txt", ("Accept-Encoding", "gzip"));
        using var again = await site.AskAsync("/a.txt", ("Accept-Encoding", "gzip"), ("If-None-Match", answer.Headers.ETag!.ToString()));

        Assert.True(answer.Headers.ETag!.IsWeak);
        Assert.Equal(304, (int)again.StatusCode);
    }

    [Theory]
    [InlineData("Content-Type: text/event-stream\r\n")]
    [InlineData("Content-Type: text/plain\r\nContent-Encoding: x-own\r\n")]
    [InlineData("Content-Type: text/plain\r\nCache-Control: no-transform\r\n")]
    public async Task Answer_OfADestination_ThatMayNotBe_IsNot(string header)
    {
        await using var gateway = await RawGateway.StartAsync(("ReverseProxy:Routes:open:Compression:MinLength", "0"));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync("GET /open/x HTTP/1.1\r\nHost: a.example\r\nAccept-Encoding: gzip, br\r\n\r\n");
        using var asked = await gateway.Destination.AcceptAsync();

        await asked.AnswerAsync($"HTTP/1.1 200 OK\r\n{header}Content-Length: 5\r\n\r\nhello");

        var head = await client.ReadHeadAsync();
        Assert.DoesNotContain("Content-Encoding: gzip", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Content-Encoding: br", head, StringComparison.Ordinal);
        await client.ReadToAsync("hello");
    }

    /// <summary>What a destination has sent is with the client before the destination goes on, compressed or not.</summary>
    [Fact]
    public async Task Piece_OfAnAnswer_DoesNotWaitForTheNext()
    {
        await using var gateway = await RawGateway.StartAsync(("ReverseProxy:Routes:open:Compression:MinLength", "0"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/open/x");
        request.Headers.Add("Accept-Encoding", "gzip");
        var answering = gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Deadline.Token());
        using var asked = await gateway.Destination.AcceptAsync();

        await asked.AnswerAsync("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");

        using var answer = await answering;
        await using var body = new GZipStream(await answer.Content.ReadAsStreamAsync(Deadline.Token()), CompressionMode.Decompress);
        var buffer = new byte[5];
        await body.ReadExactlyAsync(buffer, Deadline.Token());
        Assert.Equal("first", Encoding.ASCII.GetString(buffer));
        await asked.AnswerAsync("6\r\nsecond\r\n0\r\n\r\n");
        Assert.Equal("second", await new StreamReader(body).ReadToEndAsync(Deadline.Token()));
    }

    [Fact]
    public async Task Socket_IsOpenedAsEver()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Forwarded("'Compression': { }, 'Headers': [ { 'Name': 'X-A', 'Value': '1', 'Always': true } ], 'ErrorPages': [ { 'Statuses': [ 502 ], 'Path': '/x' } ]"));

        using var socket = await site.Gateway.ConnectAsync("/ws", options => options.SetRequestHeader("Accept-Encoding", "gzip"));

        await socket.SendAsync("hello"u8.ToArray(), System.Net.WebSockets.WebSocketMessageType.Text, endOfMessage: true, Deadline.Token());
        var buffer = new byte[16];
        var received = await socket.ReceiveAsync(buffer, Deadline.Token());
        Assert.Equal("hello", Encoding.ASCII.GetString(buffer, 0, received.Count));
    }

    private static string Decoded(string encoding, byte[] bytes)
    {
        using var body = new MemoryStream(bytes);
        using Stream plain = encoding switch
        {
            "gzip" => new GZipStream(body, CompressionMode.Decompress),
            "br" => new BrotliStream(body, CompressionMode.Decompress),
            _ => body,
        };
        return new StreamReader(plain).ReadToEnd();
    }
}
