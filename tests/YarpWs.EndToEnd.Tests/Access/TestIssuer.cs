using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace YarpWs.EndToEnd.Tests.Access;

/// <summary>An OpenID Connect issuer: its metadata, its published keys, and its signature.</summary>
public sealed class TestIssuer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly List<RSA> _all = [];
    private volatile (string Kid, RSA Key)[] _published = [];

    private TestIssuer(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single();

    /// <summary>The settings, for gateway and backend alike, that accept its tokens.</summary>
    public (string Key, string Value)[] Settings =>
    [
        ("Authentication:Schemes:Bearer:Authority", Address),
        ("Authentication:Schemes:Bearer:RequireHttpsMetadata", "false"),
    ];

    public static async Task<TestIssuer> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var issuer = new TestIssuer(app);
        app.Run(issuer.AnswerAsync);
        await app.StartAsync();
        return issuer;
    }

    /// <summary>Publishes a new key beside the ones there are, and signs with it from now on. Before the first it answers 503.</summary>
    public void AddKey(string kid)
    {
        var key = RSA.Create(2048);
        _all.Add(key);
        _published = [.. _published, (kid, key)];
    }

    public string Sign() => SignedToken.Rs256(_published[^1].Key, SignedToken.Claims(issuer: Address), _published[^1].Kid);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _all.ForEach(key => key.Dispose());
    }

    private Task AnswerAsync(HttpContext context)
    {
        if (_published.Length == 0)
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        }

        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(context.Request.Path == "/keys"
            ? $$"""{"keys":[{{string.Join(',', _published.Select(key => KeyFiles.Jwk(key.Key, key.Kid)))}}]}"""
            : $$"""{"issuer":"{{Address}}","jwks_uri":"{{Address}}/keys"}""");
    }
}
