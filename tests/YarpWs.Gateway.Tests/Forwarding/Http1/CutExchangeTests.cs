using System.Net;
using System.Net.Sockets;
using System.Text;

namespace YarpWs.Gateway.Tests.Forwarding.Http1;

/// <summary>A destination that ends the connection at any byte of an exchange: the client is never given a part of an answer for the whole, and never left without one.</summary>
public sealed class CutExchangeTests
{
    private const int RequestBytes = 400;

    /// <summary>Both times in order, and by a reset.</summary>
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 11\r\nX-Own: 1\r\n\r\nhello again", false)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 11\r\nX-Own: 1\r\n\r\nhello again", true)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n again\r\n0\r\n\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n again\r\n0\r\n\r\n", true)]
    public async Task Answer_CutAtAnyByte_IsNeverTakenForWhole(string answer, bool isReset)
    {
        await using var gateway = await RawGateway.StartAsync();
        for (var length = 0; length <= answer.Length; length++)
        {
            var asking = AskAsync(gateway, HttpMethod.Get, content: null);

            // Nothing at all is asked for once more, which the answer of the second connection says as well.
            while (!asking.IsCompleted && await AcceptOrEndAsync(gateway, asking) is { } connection)
            {
                await ReadAsync(connection, int.MaxValue);
                await connection.SendAsync(Encoding.ASCII.GetBytes(answer[..length]), Deadline.Token());
                End(connection, isReset && length < answer.Length);
            }

            var got = await asking;
            Assert.True(length == answer.Length ? got == "200 hello again" : got is "502" or "cut off", $"{length} bytes were sent, and the client got: {got}");
        }
    }

    [Theory]
    [InlineData("GET", null)]
    [InlineData("POST", "hello again")]
    public async Task Request_CutAtAnyByte_IsAnsweredWith502(string method, string? content)
    {
        await using var gateway = await RawGateway.StartAsync();
        for (var length = 0; length < RequestBytes; length += 3)
        {
            var asking = AskAsync(gateway, new HttpMethod(method), content);
            while (!asking.IsCompleted && await AcceptOrEndAsync(gateway, asking) is { } connection)
            {
                await ReadAsync(connection, length);
                End(connection, isReset: true);
            }

            Assert.Equal("502", await asking);
        }
    }

    private static async Task<string> AskAsync(RawGateway gateway, HttpMethod method, string? content)
    {
        using var request = new HttpRequestMessage(method, new Uri(gateway.Address, "/open/x")) { Content = content is null ? null : new StringContent(content) };
        try
        {
            using var answer = await gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Deadline.Token());
            var text = await answer.Content.ReadAsStringAsync(Deadline.Token());
            return answer.StatusCode == HttpStatusCode.OK ? $"200 {text}" : $"{(int)answer.StatusCode}";
        }
        catch (HttpRequestException)
        {
            return "cut off";
        }
    }

    private static async Task<Socket?> AcceptOrEndAsync(RawGateway gateway, Task asking)
    {
        while (!gateway.Destination.IsAskedAgain)
        {
            if (asking.IsCompleted)
            {
                return null;
            }

            await Task.Yield();
        }

        return await gateway.Destination.AcceptSocketAsync();
    }

    /// <summary>So many bytes, or a head if that comes first.</summary>
    private static async Task ReadAsync(Socket connection, int most)
    {
        var read = new StringBuilder();
        var buffer = new byte[1];
        while (read.Length < most && !read.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await connection.ReceiveAsync(buffer, Deadline.Token()) > 0)
        {
            read.Append((char)buffer[0]);
        }
    }

    private static void End(Socket connection, bool isReset)
    {
        if (isReset)
        {
            connection.LingerState = new LingerOption(true, 0);
        }

        connection.Dispose();
    }
}
