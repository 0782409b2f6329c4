using YarpWs.Gateway.Tests.Handshakes;

namespace YarpWs.Gateway.Tests.Forwarding;

/// <summary>What destinations answer against the rules of HTTP harms nobody.</summary>
public class AnswerRulesTests
{
    private const string Get = "GET /open/x HTTP/1.1\r\nHost: a.example\r\n\r\n";

    [Theory]
    [InlineData("204 No Content", "Content-Length: 5", "")]
    [InlineData("204 No Content", "Content-Length: 5", "hello")]
    [InlineData("204 No Content", "Content-Length: 0", "")]
    [InlineData("204 No Content", "Transfer-Encoding: chunked", "")]
    [InlineData("205 Reset Content", "Content-Length: 5", "hello")]
    [InlineData("205 Reset Content", "Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n")]
    public async Task Answer_WithoutContentByItsStatus_IsPassedOnWithoutALength(string status, string header, string body)
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Get);
        using var asked = await gateway.Destination.AcceptAsync();

        await asked.AnswerAsync($"HTTP/1.1 {status}\r\n{header}\r\nX-Own: 1\r\n\r\n{body}");

        var head = await client.ReadHeadAsync();
        Assert.StartsWith($"HTTP/1.1 {status}\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Own: 1\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Content-Length: 5", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Transfer-Encoding", head, StringComparison.Ordinal);
        await ExpectNextAnswerAsync(gateway, client, asked);
    }

    /// <summary>These say how long the content of another answer would be (RFC 9110, section 8.6).</summary>
    [Theory]
    [InlineData("GET", "304 Not Modified")]
    [InlineData("HEAD", "200 OK")]
    public async Task Length_OfContentThatDoesNotFollow_IsKept(string method, string status)
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Get.Replace("GET", method, StringComparison.Ordinal));
        using var asked = await gateway.Destination.AcceptAsync();

        await asked.AnswerAsync($"HTTP/1.1 {status}\r\nContent-Length: 5\r\n\r\n");

        var head = await client.ReadHeadAsync();
        Assert.StartsWith($"HTTP/1.1 {status}\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Length: 5\r\n", head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Connection: Upgrade\r\nUpgrade: foo\r\n")]
    public async Task SwitchingProtocols_ThatNobodyAskedFor_Is502_AndTheConnectionEnds(string headers)
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync($"GET /open/x HTTP/1.1\r\nHost: a.example\r\n{headers}\r\n");
        using var asked = await gateway.Destination.AcceptAsync();

        await asked.AnswerAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: foo\r\nX-Own: 1\r\n\r\nraw");

        var head = await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 502 ", head, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Own", head, StringComparison.Ordinal);
        await asked.ClosedAsync();
    }

    [Theory]
    [InlineData("Content-Length: 0\r\n")]
    [InlineData("Content-Length: 7\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n")]
    [InlineData("Content-Type: text/plain\r\nContent-Length: 0\r\n")]
    public async Task Acceptance_WithALength_OpensTheSocket(string header)
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync($"GET /open/x HTTP/1.1\r\nHost: a.example\r\n{RawGateway.Handshake}\r\n");
        using var asked = await gateway.Destination.AcceptAsync();

        await asked.AnswerAsync($"{RawGateway.Accepted}{header}\r\n\u0081\u0005hello");

        var head = await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 101 ", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Content-Length", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Transfer-Encoding", head, StringComparison.Ordinal);
        Assert.Equal("\u0081\u0005hello", await client.ReadToAsync("hello"));
        Assert.DoesNotContain(gateway.Log.Lines, line => line.Contains("Exception", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ResponseHeaders_AreTakenUpToTheirBound()
    {
        await using var gateway = await RawGateway.StartAsync(("Forwarding:MaxResponseHeadersBytes", "204800"));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Get);
        using var asked = await gateway.Destination.AcceptAsync();
        var headers = string.Concat(Enumerable.Range(0, 150).Select(number => $"X-{number}: {new string('a', 1000)}\r\n"));

        await asked.AnswerAsync($"HTTP/1.1 200 OK\r\n{headers}Content-Length: 0\r\n\r\n");

        Assert.Contains(headers, await client.ReadHeadAsync(), StringComparison.Ordinal);
    }

    /// <summary>Over the same connection to the destination, or another one.</summary>
    private static async Task ExpectNextAnswerAsync(RawGateway gateway, RawClient client, RawDestination.Asked previous)
    {
        await client.SendAsync(Get);
        using var asked = await previous.AskedAgainAsync() ?? await gateway.Destination.AcceptAsync();
        await asked.AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext");
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await client.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Equal("next", await client.ReadToAsync("next"));
    }
}
