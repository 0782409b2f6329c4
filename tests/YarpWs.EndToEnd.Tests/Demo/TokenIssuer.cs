using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Demo;

/// <summary>Gives a token to everybody who says a name, as the issuer of dev.cs does, and remembers which.</summary>
internal sealed class TokenIssuer : IAsyncDisposable
{
    private readonly ConcurrentBag<string> _issued = [];
    private readonly WebApplication _app;

    private TokenIssuer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.MapGet("/dev/token", (string user) =>
        {
            var token = Tokens.For(user);
            _issued.Add(token);
            return Results.Text(token);
        });
    }

    public IReadOnlyCollection<string> Issued => _issued;

    /// <summary>The settings by which a gateway leads to it.</summary>
    public (string Key, string Value)[] Route =>
    [
        ("ReverseProxy:Clusters:dev:Destinations:issuer:Address", _app.Urls.First()),
        ("ReverseProxy:Routes:dev-token:ClusterId", "dev"),
        ("ReverseProxy:Routes:dev-token:Match:Path", "/dev/token"),
        ("ReverseProxy:Routes:dev-token:AuthorizationPolicy", "anonymous"),
    ];

    public static async Task<TokenIssuer> StartAsync()
    {
        var issuer = new TokenIssuer();
        await issuer._app.StartAsync();
        return issuer;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
