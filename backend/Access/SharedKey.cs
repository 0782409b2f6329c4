using Microsoft.IdentityModel.Tokens;

namespace YarpWs.Backend.Access;

/// <summary>A key that its issuer and this backend both hold. One that names its issuer signs for nobody else.</summary>
internal sealed class SharedKey(byte[] key, string? issuer) : SymmetricSecurityKey(key)
{
    /// <summary>Whether the key may have signed a token. Any issuer that is accepted may use a key that names none.</summary>
    public static bool IsOfItsIssuer(SecurityToken token) =>
        token.SigningKey is not SharedKey key || key.SignsFor(token.Issuer);

    private bool SignsFor(string tokensIssuer) => string.IsNullOrEmpty(issuer) || issuer == tokensIssuer;
}
