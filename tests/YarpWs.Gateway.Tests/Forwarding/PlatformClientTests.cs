namespace YarpWs.Gateway.Tests.Forwarding;

// What holds for plain requests holds by whichever client they go.

public sealed class AnswerRulesByPlatformClientTests : AnswerRulesTests
{
    public AnswerRulesByPlatformClientTests() => PlatformClient.Use();
}

public sealed class BufferingByPlatformClientTests : BufferingTests
{
    public BufferingByPlatformClientTests() => PlatformClient.Use();
}

public sealed class EarlyAnswerByPlatformClientTests : EarlyAnswerTests
{
    public EarlyAnswerByPlatformClientTests() => PlatformClient.Use();
}

public sealed class ForwardingByPlatformClientTests : ForwardingTests
{
    public ForwardingByPlatformClientTests() => PlatformClient.Use();
}

public sealed class HalfCloseByPlatformClientTests : HalfCloseTests
{
    public HalfCloseByPlatformClientTests() => PlatformClient.Use();
}

public sealed class HeaderBytesByPlatformClientTests : HeaderBytesTests
{
    public HeaderBytesByPlatformClientTests() => PlatformClient.Use();
}

public sealed class UploadByPlatformClientTests : UploadTests
{
    public UploadByPlatformClientTests() => PlatformClient.Use();
}

public sealed class RequestRetryByPlatformClientTests : Routes.Balancing.RequestRetryTests
{
    public RequestRetryByPlatformClientTests() => PlatformClient.Use();
}

public sealed class FailureStreakByPlatformClientTests : Routes.Balancing.FailureStreakTests
{
    public FailureStreakByPlatformClientTests() => PlatformClient.Use();
}

public sealed class PlatformClientTests
{
    /// <summary>Only the platform's client takes a line that ends in a bare LF.</summary>
    [Theory]
    [InlineData(false, 502)]
    [InlineData(true, 200)]
    public async Task PlainRequest_GoesByTheClientThatTheClusterNames(bool isPlatforms, int status)
    {
        if (isPlatforms)
        {
            PlatformClient.Use();
        }

        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync("POST /open/x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 0\r\n\r\n");
        using var asked = await gateway.Destination.AcceptAsync();
        await asked.AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\nX-Own: 1\r\n\r\nok");

        Assert.StartsWith($"HTTP/1.1 {status} ", await client.ReadHeadAsync(), StringComparison.Ordinal);
    }
}
