using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace YarpWs.Gateway.Tests.Edge;

public sealed class AccessLogTests
{
    [Fact]
    public async Task ShippedSettings_LeaveTheAccessLogOn()
    {
        var overlay = TestGateway.Overlay().Where(setting => !setting.Key.StartsWith("Logging:", StringComparison.Ordinal));
        await using var gateway = GatewayHost.Build(TestGateway.SettingsFile, overlay);

        var log = gateway.Services.GetRequiredService<ILoggerFactory>().CreateLogger("YarpWs.Gateway.Access");

        Assert.True(log.IsEnabled(LogLevel.Information), "A rule of config/gateway.json turns the access log off.");
    }

    [Fact]
    public async Task RefusedRequest_IsLoggedWithItsRoute_AndWithoutItsQuery()
    {
        await using var a = await Destination.StartAsync();
        await using var b = await Destination.StartAsync();
        await using var gateway = await TestGateway.StartAsync(a, b);

        using var answer = await gateway.Http.GetAsync("/api/hubs?colour=zebra", Deadline.Token());

        var line = await gateway.Log.ExpectAsync(1900);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("GET /api/hubs 401", line, StringComparison.Ordinal);
        Assert.Contains("route api,", line, StringComparison.Ordinal);
        Assert.DoesNotContain("zebra", line, StringComparison.Ordinal);
    }
}
