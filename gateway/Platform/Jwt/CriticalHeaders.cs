using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace YarpWs.Platform.Jwt;

/// <summary>
/// Refuses a token whose header has <c>crit</c>: what it lists must be understood by whoever takes the token (RFC 7515, section 4.1.11), here none is, and the
/// library does not look.
/// </summary>
internal sealed class CriticalHeaders(TokenHandler handler) : TokenHandler
{
    public override async Task<TokenValidationResult> ValidateTokenAsync(string token, TokenValidationParameters validationParameters)
    {
        var result = await handler.ValidateTokenAsync(token, validationParameters);
        return result.IsValid && result.SecurityToken is JsonWebToken checkedToken && checkedToken.TryGetHeaderValue<object>("crit", out _)
            ? new TokenValidationResult { IsValid = false, Exception = new CriticalHeadersException() }
            : result;
    }
}

/// <summary>A token has critical headers, none of which is understood.</summary>
internal sealed class CriticalHeadersException() : SecurityTokenValidationException("The token has critical headers, none of which is understood.");
