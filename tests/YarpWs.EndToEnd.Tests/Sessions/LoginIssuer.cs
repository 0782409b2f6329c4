using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.IdentityModel.Tokens;
using YarpWs.EndToEnd.Tests.Access;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Sessions;

/// <summary>
/// An OpenID Connect issuer whose visitor has logged in already: it asks nothing and sends the browser back with a code. It takes each code and each refresh token once, and checks
/// the client's secret and the proof of its code (PKCE) as a real one does.
/// </summary>
public sealed class LoginIssuer : IAsyncDisposable
{
    public const string ClientId = "gateway";
    public const string Secret = "a-secret-of-the-client";

    private readonly WebApplication _app;
    private readonly RSA _key = RSA.Create(2048);
    private readonly ConcurrentDictionary<string, Grant> _codes = new();
    private readonly ConcurrentDictionary<string, Grant> _refreshTokens = new();
    private int _refreshes;
    private int _reuses;

    private LoginIssuer(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single();

    /// <summary>Who is logged in at it.</summary>
    public string Person { get; set; } = TwoGateways.User();

    /// <summary>Its own session, which it names in tokens; null to name none.</summary>
    public string? SessionId { get; set; } = TwoGateways.User();

    /// <summary>How long access tokens are good for.</summary>
    public TimeSpan AccessLifetime { get; set; } = TimeSpan.FromMinutes(5);

    public string Audience { get; set; } = Tokens.Audience;

    public bool GivesRefreshTokens { get; set; } = true;

    /// <summary>What its tokens say beside what they must: groups of the person's, of which some people have hundreds.</summary>
    public string? Groups { get; set; }

    /// <summary>Whether its token endpoint answers 500.</summary>
    public bool IsAway { get; set; }

    /// <summary>Whether it refuses to let the visitor in.</summary>
    public bool Denies { get; set; }

    /// <summary>Tokens that were renewed.</summary>
    public int Refreshes => Volatile.Read(ref _refreshes);

    /// <summary>Refresh tokens that came a second time, as a thief's would.</summary>
    public int Reuses => Volatile.Read(ref _reuses);

    /// <summary>Every code and token that it has given: nobody but the gateway may know them.</summary>
    public ConcurrentBag<string> Given { get; } = [];

    /// <summary>The ID tokens with which browsers came to end its own session.</summary>
    public ConcurrentQueue<string> EndedSessions { get; } = [];

    public static async Task<LoginIssuer> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var issuer = new LoginIssuer(app);
        app.Run(issuer.AnswerAsync);
        await app.StartAsync();
        return issuer;
    }

    /// <summary>Takes back every refresh token, as an operator does who locks a person out.</summary>
    public void ForgetRefreshTokens() => _refreshTokens.Clear();

    /// <summary>A logout token as the specification describes it, after a change of the test's.</summary>
    public string SignLogout(string? sessionId, string? user = null, Action<Dictionary<string, object>>? change = null, RSA? key = null)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var claims = new Dictionary<string, object>
        {
            ["iss"] = Address,
            ["aud"] = ClientId,
            ["iat"] = now,
            ["exp"] = now + 120,
            ["jti"] = Guid.NewGuid().ToString(),
            ["events"] = new Dictionary<string, object> { ["http://schemas.openid.net/event/backchannel-logout"] = new Dictionary<string, object>() },
        };
        if (sessionId is not null)
        {
            claims["sid"] = sessionId;
        }

        if (user is not null)
        {
            claims["sub"] = user;
        }

        change?.Invoke(claims);
        return SignedToken.Rs256(key ?? _key, claims, "key");
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _key.Dispose();
    }

    private Task AnswerAsync(HttpContext context) => context.Request.Path.Value switch
    {
        "/keys" => WriteAsync(context, $$"""{"keys":[{{KeyFiles.Jwk(_key, "key")}}]}"""),
        "/authorize" => AuthorizeAsync(context),
        "/token" => AnswerTokenAsync(context),
        "/logout" => LogoutAsync(context),
        _ => WriteAsync(
            context,
            $$"""
            {"issuer":"{{Address}}","jwks_uri":"{{Address}}/keys","authorization_endpoint":"{{Address}}/authorize","token_endpoint":"{{Address}}/token",
             "end_session_endpoint":"{{Address}}/logout"}
            """),
    };

    private Task AuthorizeAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var (back, state) = (query["redirect_uri"].ToString(), query["state"].ToString());
        if (query["client_id"] != ClientId || query["response_type"] != "code" || query["code_challenge_method"] != "S256" || !new Uri(back).AbsolutePath.Equals("/auth/callback", StringComparison.Ordinal))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return Task.CompletedTask;
        }

        var answer = new Dictionary<string, string?> { ["state"] = state };
        if (Denies)
        {
            answer["error"] = "access_denied";
        }
        else
        {
            var code = answer["code"] = Guid.NewGuid().ToString("N");
            Given.Add(code);
            _codes[code] = new Grant(Person, SessionId, query["nonce"], query["code_challenge"], back);
        }

        context.Response.Redirect(QueryHelpers.AddQueryString(back, answer));
        return Task.CompletedTask;
    }

    private async Task AnswerTokenAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        if (IsAway)
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return;
        }

        if (form["client_id"] != ClientId || form["client_secret"] != Secret)
        {
            await RefuseAsync(context, "invalid_client");
            return;
        }

        var grant = form["grant_type"] == "authorization_code" ? Redeem(form) : Refresh(form);
        if (grant is null)
        {
            await RefuseAsync(context, "invalid_grant");
            return;
        }

        await WriteAsync(context, Write(grant));
    }

    private Grant? Redeem(IFormCollection form) =>
        _codes.TryRemove(form["code"].ToString(), out var grant)
        && grant.RedirectUri == form["redirect_uri"]
        && grant.Challenge == Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString())))
            ? grant
            : null;

    private Grant? Refresh(IFormCollection form)
    {
        if (_refreshTokens.TryRemove(form["refresh_token"].ToString(), out var grant))
        {
            Interlocked.Increment(ref _refreshes);
            return grant with { Nonce = null };
        }

        Interlocked.Increment(ref _reuses);
        return null;
    }

    private string Write(Grant grant)
    {
        var refresh = Guid.NewGuid().ToString("N");
        _refreshTokens[refresh] = grant;
        var access = Claims(grant, Audience, AccessLifetime);
        access["jti"] = Guid.NewGuid().ToString();
        var id = Claims(grant, ClientId, TimeSpan.FromMinutes(5));
        if (grant.Nonce is { } nonce)
        {
            id["nonce"] = nonce;
        }

        var tokens = new Dictionary<string, object>
        {
            ["token_type"] = "Bearer",
            ["expires_in"] = (int)AccessLifetime.TotalSeconds,
            ["access_token"] = SignedToken.Rs256(_key, access, "key"),
            ["id_token"] = SignedToken.Rs256(_key, id, "key"),
        };
        if (GivesRefreshTokens)
        {
            tokens["refresh_token"] = refresh;
        }

        foreach (var name in new[] { "access_token", "id_token" })
        {
            Given.Add((string)tokens[name]);
        }

        Given.Add(refresh);
        return JsonSerializer.Serialize(tokens);
    }

    private Dictionary<string, object> Claims(Grant grant, string audience, TimeSpan lifetime)
    {
        var now = TimeProvider.System.GetUtcNow();
        var claims = new Dictionary<string, object>
        {
            ["iss"] = Address,
            ["aud"] = audience,
            ["sub"] = grant.Person,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + lifetime).ToUnixTimeSeconds(),
        };
        if (grant.SessionId is { } session)
        {
            claims["sid"] = session;
        }

        if (Groups is not null)
        {
            claims["groups"] = Groups;
        }

        return claims;
    }

    private Task LogoutAsync(HttpContext context)
    {
        EndedSessions.Enqueue(context.Request.Query["id_token_hint"].ToString());
        context.Response.Redirect(QueryHelpers.AddQueryString(context.Request.Query["post_logout_redirect_uri"].ToString(), "state", context.Request.Query["state"].ToString()));
        return Task.CompletedTask;
    }

    private static Task RefuseAsync(HttpContext context, string error)
    {
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        return WriteAsync(context, $$"""{"error":"{{error}}"}""");
    }

    private static Task WriteAsync(HttpContext context, string json)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json);
    }

    private sealed record Grant(string Person, string? SessionId, string? Nonce, string? Challenge, string RedirectUri);
}
