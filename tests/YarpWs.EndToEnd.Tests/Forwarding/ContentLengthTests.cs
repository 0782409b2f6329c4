using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Forwarding;

/// <summary>A body whose length could be read in two ways is not forwarded.</summary>
public sealed class ContentLengthTests(ShippedEchoGateway shipped) : IClassFixture<ShippedEchoGateway>
{
    private const string TwentyDigits = "00000000000000000000";

    [Theory]
    [InlineData("+5")]
    [InlineData("-5")]
    [InlineData("5x")]
    [InlineData("0x5")]
    [InlineData("5, 5")]
    [InlineData("5 5")]
    [InlineData("9223372036854775808")]
    [InlineData(TwentyDigits)]
    [InlineData(TwentyDigits + TwentyDigits + "5")]
    public async Task ContentLength_ThatIsNoNumber_Is400(string length)
    {
        await using var refused = await RawWebSocket.RequestAsync(shipped.Gateway.Address, "POST", "/open/x", [$"Content-Length: {length}"]);

        Assert.Equal(400, refused.Status);
    }

    [Theory]
    [InlineData("Content-Length: 5", "Content-Length: 6")]
    [InlineData("Content-Length: 5", "Transfer-Encoding: identity")]
    [InlineData("Content-Length: 5", "Transfer-Encoding: chunked, identity")]
    public async Task Lengths_ThatDisagree_Are400(string one, string other)
    {
        await using var refused = await RawWebSocket.RequestAsync(shipped.Gateway.Address, "POST", "/open/x", [one, other]);

        Assert.Equal(400, refused.Status);
    }
}
