using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using YarpWs.Benchmarks.Peers;

namespace YarpWs.Benchmarks.Hosted;

/// <summary>The shortest program that YARP's documentation calls a proxy.</summary>
internal static class PlainYarp
{
    /// <param name="port">Where it listens.</param>
    /// <param name="backend">The port of its one destination.</param>
    /// <param name="tlsPort">Where it listens with TLS as well, with the certificate in the folder in which it was started.</param>
    public static async Task RunAsync(int port, int backend, int tlsPort)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.Listen(IPAddress.Loopback, tlsPort, listen => listen.UseHttps(X509Certificate2.CreateFromPemFile(ServerCertificate.File, ServerCertificate.KeyFile)));
        });
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
