using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace YarpWs.Gateway.Tests.Access;

/// <summary>What an issuer does when it is asked for its documents.</summary>
public enum IssuerState
{
    Good,

    /// <summary>It drops every connection that asks something.</summary>
    Dead,

    /// <summary>It takes the request and never answers.</summary>
    Hangs,

    /// <summary>It answers 500.</summary>
    Fails,

    /// <summary>It answers with a page, as a proxy in front of it would.</summary>
    Garbage,

    /// <summary>Its key set is well-formed and has no key.</summary>
    Empty,
}

/// <summary>An OpenID Connect issuer on loopback, in any state, that counts how often it is asked.</summary>
internal sealed class Issuer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _end = new();
    private volatile RsaSecurityKey[] _published = [NewKey("first")];
    private int _requests;

    private Issuer(WebApplication app) => _app = app;

    public volatile IssuerState State;

    public string Address => _app.Urls.Single();

    /// <summary>Requests for any document so far.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public RsaSecurityKey Key => _published[^1];

    public static async Task<Issuer> StartAsync(IssuerState state = IssuerState.Good)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var issuer = new Issuer(app) { State = state };
        app.Run(issuer.AnswerAsync);
        await app.StartAsync();
        return issuer;
    }

    /// <summary>Publishes these keys and no others; the last one signs.</summary>
    public void Publish(params RsaSecurityKey[] keys) => _published = keys;

    public static RsaSecurityKey NewKey(string id) => new(RSA.Create(2048)) { KeyId = id };

    public (string Key, string? Value)[] Settings(string scheme) =>
    [
        ($"Authentication:Schemes:{scheme}:Authority", Address),
        ($"Authentication:Schemes:{scheme}:RequireHttpsMetadata", "false"),
        ($"Authentication:Schemes:{scheme}:ValidAudiences:0", "yarpws"),
        ($"Authentication:Schemes:{scheme}:BackchannelTimeout", "00:00:02"),
    ];

    public string Sign(RsaSecurityKey? key = null, string? issuer = null) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = issuer ?? Address,
        Audience = "yarpws",
        Claims = new Dictionary<string, object> { ["sub"] = "ann" },
        SigningCredentials = new SigningCredentials(key ?? Key, "RS256"),
    });

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _app.DisposeAsync();
        _end.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        Interlocked.Increment(ref _requests);
        switch (State)
        {
            case IssuerState.Dead:
                context.Abort();
                return;
            case IssuerState.Hangs:
                using (var end = CancellationTokenSource.CreateLinkedTokenSource(_end.Token, context.RequestAborted))
                {
                    await Task.Delay(Timeout.Infinite, end.Token).ContinueWith(_ => { }, TaskScheduler.Default);
                }

                return;
            case IssuerState.Fails:
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
                return;
            case IssuerState.Garbage:
                await context.Response.WriteAsync("<html>Please come back later.</html>");
                return;
            default:
                await context.Response.WriteAsJsonAsync<object>(context.Request.Path == "/keys"
                    ? new { keys = State == IssuerState.Empty ? [] : _published.Select(Public).ToArray() }
                    : new { issuer = Address, jwks_uri = Address + "/keys" });
                return;
        }
    }

    private static object Public(RsaSecurityKey key)
    {
        var parameters = key.Rsa.ExportParameters(includePrivateParameters: false);
        return new { kty = "RSA", use = "sig", kid = key.KeyId, n = Base64UrlEncoder.Encode(parameters.Modulus), e = Base64UrlEncoder.Encode(parameters.Exponent) };
    }
}
