using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace YarpWs.Benchmarks.Hosted;

/// <summary>A hub with groups, as SignalR's documentation writes one.</summary>
internal static class SignalRServer
{
    public static async Task RunAsync(int port, int redis)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");

        // A client that waits for its turn says nothing meanwhile.
        builder.Services.AddSignalR(options => options.ClientTimeoutInterval = TimeSpan.FromMinutes(10)).AddStackExchangeRedis($"127.0.0.1:{redis}");
        var app = builder.Build();
        app.MapHub<GroupHub>("/hub");
        await app.RunAsync();
    }
}

internal sealed class GroupHub : Hub
{
    public Task Join(string group) => Groups.AddToGroupAsync(Context.ConnectionId, group);

    public Task Send(string group, string text) => Clients.Group(group).SendAsync("heard", text);
}
