using YarpWs.Gateway.Tests.Forwarding;

namespace YarpWs.Gateway.Tests.Edge;

public sealed class UnreadBodiesTests
{
    [Theory]
    [InlineData("/nowhere", 404)]
    [InlineData("/api/x", 401)]
    [InlineData("/open/..;/x", 400)]
    public async Task Client_ThatIsRefused_MaySendAllOfALongBody_AndReadsWhy(string target, int status)
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync($"POST {target} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\nContent-Length: {8 << 20}\r\n\r\n");
        for (var sent = 0; sent < 8; sent++)
        {
            await client.SendAsync(new string('a', 1 << 20));
        }

        Assert.StartsWith($"HTTP/1.1 {status} ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await client.ReadToEndAsync();
    }
}
