using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using YarpWs.Gateway.Tests.Edge.Tls;

namespace YarpWs.Gateway.Tests;

public sealed class BackgroundServicesTests
{
    [Fact]
    public async Task Services_EndWithoutAFailure_WhereTheHostIsDisposedWithoutAStop()
    {
        // With all of them at work: certificates to watch, and an authority whose keys are waited for.
        var gateway = await TlsTestGateway.StartAsync(
            ("Authentication:Schemes:Bearer:Authority", "http://127.0.0.1:1"), ("Authentication:Schemes:Bearer:RequireHttpsMetadata", "false"));
        await gateway.Gateway.Log.ExpectAsync(3301);

        // A change that is found shows that the services have begun: one that has not when the host is disposed is cancelled by the platform.
        using var renewed = gateway.Files.Save("own", "chat.example");
        await gateway.Gateway.Log.ExpectAsync(TlsTestGateway.Taken);
        var services = gateway.Gateway.Services.GetServices<IHostedService>().OfType<BackgroundService>()
            .Where(service => service.GetType().FullName!.StartsWith("YarpWs.", StringComparison.Ordinal))
            .ToList();

        await gateway.DisposeAsync();

        Assert.NotEmpty(services);
        await Task.WhenAll(services.Select(service => service.ExecuteTask!)).WaitAsync(Deadline.Token());
    }
}
