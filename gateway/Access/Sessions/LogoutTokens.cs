using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using YarpWs.Gateway.Access.Revocations;
using YarpWs.Gateway.Redis;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Jwt;

namespace YarpWs.Gateway.Access.Sessions;

/// <summary>
/// Hears from the issuer which of its sessions have ended elsewhere (OpenID Connect Back-Channel Logout 1.0), and ends what began here with them, on every gateway: sessions, their sockets, and tokens that name
/// the same <c>sid</c>. Where the issuer names a person and no session, all of theirs.
/// </summary>
internal sealed class LogoutTokens(TokenIssuers issuers, SessionStore store, SessionEnd end, IOptions<SessionsOptions> options, TimeProvider time, ILogger<LogoutTokens> logger)
{
    private const string Field = "logout_token";

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };

    /// <summary>Answers as section 2.8 says: 200, or 400 with the error as JSON.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        var keys = issuers[options.Value.Scheme].Keys!;
        if (keys.AreMissing)
        {
            context.Response.Headers.RetryAfter = keys.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
            await Refusal.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "The keys of the issuer are not there yet.", RefusalReason.Login);
            return;
        }

        if (!context.Request.HasFormContentType)
        {
            await RefuseAsync(context, "no form with a logout_token");
            return;
        }

        var (token, fault) = await ReadFieldAsync(context) is [{ Length: > 0 } text] ? await ReadAsync(text, keys) : (null, "no form with one logout_token");
        if (token is null)
        {
            await RefuseAsync(context, fault!);
            return;
        }

        if (!await IsFirstUseAsync(token))
        {
            await RefuseAsync(context, "used before (jti)");
            return;
        }

        await end.EndAllAsync(new RevocationTarget { Issuer = token.Issuer, SessionId = token.SessionId, User = token.SessionId is null ? token.User : null }, token.IssuedAt);
        logger.LoggedOutByIssuer(token.SessionId is null ? "a person" : "a session");
    }

    /// <summary>Empty for what is no form.</summary>
    private static async Task<StringValues> ReadFieldAsync(HttpContext context)
    {
        try
        {
            return (await context.Request.ReadFormAsync(context.RequestAborted))[Field];
        }
        catch (InvalidDataException)
        {
            return StringValues.Empty;
        }
    }

    /// <summary>Section 2.6, in its order. Null, and why, for a token that is none.</summary>
    private async Task<(LogoutToken? Token, string? Fault)> ReadAsync(string text, IssuerKeys keys)
    {
        var metadata = await keys.GetConfigurationAsync(CancellationToken.None);
        if (UnverifiedToken.TryRead(text, out var read) && read.KeyId is { Length: > 0 } keyId && !keys.Has(keyId))
        {
            keys.RequestRefresh();
            await keys.FetchUnderWay;
            metadata = await keys.GetConfigurationAsync(CancellationToken.None);
        }

        // Signature, iss, aud and exp as of an ID token. An issuer of before the final text leaves exp out; the age counts in its place.
        var result = await _handler.ValidateTokenAsync(text, new TokenValidationParameters
        {
            ValidIssuer = metadata.Issuer,
            ValidAudience = options.Value.ClientId,
            IssuerSigningKeys = metadata.SigningKeys,
            ValidAlgorithms = SigningKeys.PublicAlgorithms,
            RequireExpirationTime = false,
            RequireSignedTokens = true,
            ClockSkew = LogoutToken.ClockSkew,
        });
        if (!result.IsValid)
        {
            return (null, TokenFault.Of(result.Exception, time.GetUtcNow()).Reason);
        }

        using var payload = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(((JsonWebToken)result.SecurityToken).EncodedPayload));
        return LogoutToken.Read(payload.RootElement, time.GetUtcNow());
    }

    /// <summary>While Redis is away it counts as the first: to end once more what has ended changes nothing.</summary>
    private async Task<bool> IsFirstUseAsync(LogoutToken token)
    {
        try
        {
            return await store.TryUseAsync(token.Id, LogoutToken.LongestAge + (2 * LogoutToken.ClockSkew));
        }
        catch (Exception exception) when (RedisConnection.IsAway(exception))
        {
            return true;
        }
    }

    private Task RefuseAsync(HttpContext context, string fault)
    {
        logger.LogoutTokenRefused(LogText.Escape(fault));
        Refusal.Mark(context, StatusCodes.Status400BadRequest, RefusalReason.Request);
        return context.Response.WriteAsJsonAsync(new { error = "invalid_request", error_description = $"The logout token is refused: {fault}." }, JsonSerializerOptions.Web, context.RequestAborted);
    }
}
