using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace YarpWs.Benchmarks.Hosted;

/// <summary>The shortest program that YARP's documentation calls a proxy.</summary>
internal static class PlainYarp
{
    public static async Task RunAsync(int port, int backend)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Services.AddReverseProxy().LoadFromMemory(
            [Route("open"), Route("ws")],
            [
                new ClusterConfig
                {
                    ClusterId = "backend",
                    Destinations = new Dictionary<string, DestinationConfig> { ["a"] = new() { Address = $"http://127.0.0.1:{backend}" } },
                    HttpRequest = new ForwarderRequestConfig { ActivityTimeout = TimeSpan.FromHours(1) },
                },
            ]);
        var app = builder.Build();
        app.MapReverseProxy();
        await app.RunAsync();
    }

    private static RouteConfig Route(string folder) => new() { RouteId = folder, ClusterId = "backend", Match = new RouteMatch { Path = $"/{folder}/{{**rest}}" } };
}
