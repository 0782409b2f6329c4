using System.Globalization;
using System.Text;
using YarpWs.Gateway.Forwarding;

namespace YarpWs.Gateway.Tests.Forwarding;

/// <summary>Short bodies that come with the heads of their requests go on with them, and others wait for nothing either.</summary>
public sealed class SmallBodyTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    /// <summary>In one write, as the destination can tell from what its first read brings.</summary>
    [Fact]
    public async Task Body_ThatComesWithItsHead_GoesOnWithIt()
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Post("hello"));
        using var asked = await gateway.Destination.AcceptSocketAsync();

        var read = new byte[8 << 10];
        var count = await asked.ReceiveAsync(read, Deadline.Token());
        Assert.EndsWith("\r\nContent-Length: 5\r\n\r\nhello", Encoding.Latin1.GetString(read, 0, count), StringComparison.Ordinal);
        await asked.SendAsync(Encoding.Latin1.GetBytes(Ok), Deadline.Token());
        await client.ReadToAsync("ok");
    }

    /// <summary>The next request is read where the body ends.</summary>
    [Fact]
    public async Task Requests_ThatComeTogether_HaveTheirOwnBodies()
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Post("first") + Post("second one") + Post(""));
        using var asked = await gateway.Destination.AcceptAsync();
        await asked.ReadToAsync("first");
        await asked.AnswerAsync(Ok);
        await client.ReadToAsync("ok");

        Assert.EndsWith("\r\nContent-Length: 10\r\n\r\nsecond one", await asked.ReadToAsync("second one"), StringComparison.Ordinal);
        await asked.AnswerAsync(Ok);
        await client.ReadToAsync("ok");
        Assert.EndsWith("\r\nContent-Length: 0\r\n\r\n", await asked.ReadToAsync("\r\n\r\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SmallBody.MostBytes)]
    [InlineData(SmallBody.MostBytes + 1)]
    public async Task Body_IsWhole_HoweverItGoes(int length)
    {
        var body = string.Concat(Enumerable.Range(0, length).Select(at => (char)(33 + (at % 90))));
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Post(body));
        using var asked = await gateway.Destination.AcceptAsync();

        await asked.ReadToAsync(body);
        await asked.AnswerAsync(Ok);
        await client.ReadToAsync("ok");
    }

    /// <summary>That the client's connection ends with the answer says nothing of its body, nor of the connection to the destination.</summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Body_OfAClientThatCloses_GoesOn_AndIsAnswered(bool isLate, bool hasEndedSending)
    {
        const string Body = "hello";
        const string Head = "POST /open/x HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\nContent-Length: 5\r\n\r\n";
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(isLate ? Head : Head + Body);
        using var late = isLate ? await gateway.Destination.AcceptAsync() : null;
        if (isLate)
        {
            await client.SendAsync(Body);
        }

        if (hasEndedSending)
        {
            client.EndSending();
        }

        using var asked = late ?? await gateway.Destination.AcceptAsync();
        Assert.DoesNotContain("close", asked.Head, StringComparison.OrdinalIgnoreCase);
        await asked.ReadToAsync(Body);
        await asked.AnswerAsync(Ok);
        Assert.EndsWith("\r\n\r\nok", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_ThatExceedsTheRoutesBound_Is413()
    {
        await using var gateway = await RawGateway.StartAsync(("ReverseProxy:Routes:open:MaxRequestBodySize", "4"));

        Assert.StartsWith("HTTP/1.1 413 ", await gateway.RefusedAsync(Post("hello")), StringComparison.Ordinal);
    }

    /// <summary>Its head alone says that there will be one.</summary>
    [Fact]
    public async Task Client_ThatExpectsToBeAskedForItsBody_IsAsked()
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync("POST /open/x HTTP/1.1\r\nHost: a.example\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 100 ", await client.ReadHeadAsync(), StringComparison.Ordinal);

        await client.SendAsync("hello");
        using var asked = await gateway.Destination.AcceptAsync();
        await asked.ReadToAsync("hello");
        await asked.AnswerAsync(Ok);
        await client.ReadToAsync("ok");
    }

    /// <summary>Nothing of it was sent to the one that is not there.</summary>
    [Fact]
    public async Task Body_WhoseDestinationIsNotReached_GoesToTheNext()
    {
        await using var gateway = await RawGateway.StartAsync(
            ("ReverseProxy:Clusters:backend:Destinations:a:Address", "http://127.0.0.1:1"), ("ReverseProxy:Clusters:backend:LoadBalancingPolicy", "FirstAlphabetical"));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Post("hello"));
        using var asked = await gateway.Destination.AcceptAsync();

        await asked.ReadToAsync("hello");
        await asked.AnswerAsync(Ok);
        await client.ReadToAsync("ok");
    }

    private static string Post(string body) =>
        string.Create(CultureInfo.InvariantCulture, $"POST /open/x HTTP/1.1\r\nHost: a.example\r\nContent-Length: {Encoding.Latin1.GetByteCount(body)}\r\n\r\n{body}");
}
