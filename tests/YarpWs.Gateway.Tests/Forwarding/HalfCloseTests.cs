using YarpWs.Gateway.Tests.Handshakes;

namespace YarpWs.Gateway.Tests.Forwarding;

/// <summary>Clients that end their sending side and read on (RFC 9112, section 9.6, asks nothing else of them).</summary>
public class HalfCloseTests
{
    [Theory]
    [InlineData("GET /open/x HTTP/1.1\r\nHost: a.example\r\n\r\n")]
    [InlineData("POST /open/x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello")]
    public async Task Client_ThatEndsItsSendingSideBehindItsRequest_GetsItsWholeAnswer(string request)
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(request);
        client.EndSending();
        using var asked = await gateway.Destination.AcceptAsync();
        await asked.AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
        await client.ReadToAsync("hello");
        await asked.AnswerAsync("again");

        Assert.Equal("again", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Client_ThatEndsItsSendingSideWhileItReads_GetsTheRest()
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync("GET /open/x HTTP/1.1\r\nHost: a.example\r\n\r\n");
        using var asked = await gateway.Destination.AcceptAsync();
        await asked.AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 1005\r\n\r\nhello");
        await client.ReadToAsync("hello");
        client.EndSending();

        // The loop that passes them on has been told of the end by then.
        for (var piece = 0; piece < 200; piece++)
        {
            await asked.AnswerAsync("again");
            await client.ReadToAsync("again");
        }

        Assert.Equal("", await client.ReadToEndAsync());
    }

    /// <summary>It will never send the rest.</summary>
    [Fact]
    public async Task Client_ThatEndsItsSendingSideInTheMiddleOfItsBody_IsCut_AndTheDestinationToo()
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync("POST /open/x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 10\r\n\r\nhello");
        using var asked = await gateway.Destination.AcceptAsync();
        client.EndSending();

        await asked.ClosedBehindAsync("hello");
        await client.CutAsync();
    }

    [Fact]
    public async Task Client_ThatHasGone_IsFoundOutByTheAnswer_AndTheDestinationIsLetGo()
    {
        await using var gateway = await RawGateway.StartAsync();
        RawDestination.Asked asked;
        using (var client = await gateway.ConnectAsync())
        {
            await client.SendAsync("GET /open/x HTTP/1.1\r\nHost: a.example\r\n\r\n");
            asked = await gateway.Destination.AcceptAsync();
        }

        using (asked)
        {
            await asked.AnswerAsync("HTTP/1.1 200 OK\r\n\r\n");
            await asked.SendUntilClosedAsync();
        }
    }
}
