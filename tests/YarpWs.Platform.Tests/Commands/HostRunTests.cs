using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using YarpWs.Platform.Commands;
using YarpWs.Platform.Settings;

namespace YarpWs.Platform.Tests.Commands;

/// <summary>What a process says and returns when it ends.</summary>
public sealed class HostRunTests
{
    [Fact]
    public async Task BackgroundServiceThatFails_EndsTheProcess_WithItsReason_AndCode1()
    {
        var (code, error) = await RunAsync(builder => builder.Services.AddHostedService<Failing>());

        Assert.Equal(1, code);
        Assert.Equal($"Failing has failed, and so the process has ended: InvalidOperationException: The issuer must be https.{Environment.NewLine}", error);
    }

    [Fact]
    public async Task ToldToStop_Ends_WithCode0()
    {
        var (code, error) = await RunAsync(builder => builder.Services.AddHostedService<Stopping>());

        Assert.Equal((0, ""), (code, error));
    }

    [Fact]
    public async Task SettingThatIsWrong_EndsTheProcess_WithItsKey_AndCode1()
    {
        var (code, error) = await RunAsync(_ => throw new InvalidSettingException("Some:Key", "wrong."));

        Assert.Equal((1, $"Some:Key: wrong.{Environment.NewLine}"), (code, error));
    }

    private static async Task<(int Code, string Error)> RunAsync(Action<WebApplicationBuilder> configure)
    {
        await using var error = new StringWriter();
        var code = await HostRun.RunAsync(
            () =>
            {
                var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
                builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
                builder.Services.AddRoutingCore();
                configure(builder);
                return builder.Build();
            },
            "Kestrel:Endpoints",
            file: null,
            error,
            Deadline.Token());
        return (code, error.ToString());
    }

    private sealed class Failing : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await Task.Yield();
            throw new InvalidOperationException("The issuer must\nbe https.");
        }
    }

    private sealed class Stopping(IHostApplicationLifetime lifetime) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken)
        {
            lifetime.StopApplication();
            return Task.Delay(Timeout.Infinite, stoppingToken);
        }
    }
}
