using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace YarpWs.Gateway.Tests.Forwarding;

/// <summary>Many clients share one connection to a destination that speaks HTTP/2: one that reads nothing of its answer holds no other up.</summary>
public sealed class SharedConnectionTests : IAsyncLifetime
{
    private WebApplication _destination = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(listener => listener.Protocols = HttpProtocols.Http2));
        _destination = builder.Build();
        _destination.Run(async context =>
        {
            if (context.Request.Path.StartsWithSegments("/api/flood"))
            {
                var piece = new byte[64 << 10];
                while (!context.RequestAborted.IsCancellationRequested)
                {
                    await context.Response.Body.WriteAsync(piece, context.RequestAborted);
                }
            }

            await context.Response.WriteAsync($"answer on {context.Connection.Id}.", context.RequestAborted);
        });
        await _destination.StartAsync(TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => _destination.DisposeAsync();

    [Fact]
    public async Task AnswersThatNobodyReads_HoldNoOther()
    {
        await using var gateway = await TestGateway.StartFromAsync(
            TestGateway.SettingsFile,
            ("ReverseProxy:Clusters:backend:Destinations:a:Address", _destination.Urls.Single()),
            ("ReverseProxy:Clusters:backend:Destinations:b:Address", _destination.Urls.Single()),
            ("ReverseProxy:Clusters:backend:HttpRequest:Version", "2"),
            ("ReverseProxy:Clusters:backend:HealthCheck:Active:Enabled", "false"),
            ("ReverseProxy:Clusters:backend:Metadata:Connections.NameLifetime", "1.00:00:00"),
            ("ReverseProxy:Routes:api:AuthorizationPolicy", "anonymous"));
        var before = await gateway.Http.GetStringAsync("/api/x", Deadline.Token());
        var stuck = new List<TcpClient>();
        for (var i = 0; i < 60; i++)
        {
            var client = new TcpClient { ReceiveBufferSize = 4096 };
            await client.ConnectAsync("127.0.0.1", gateway.Public.Port, Deadline.Token());
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("GET /api/flood HTTP/1.1\r\nHost: chat.example\r\n\r\n"), Deadline.Token());
            Assert.NotEqual(0, await client.GetStream().ReadAsync(new byte[1], Deadline.Token()));
            stuck.Add(client);
        }

        var after = await gateway.Http.GetStringAsync("/api/x", Deadline.Token());

        Assert.Equal(before, after);
        stuck.ForEach(client => client.Dispose());
    }
}
