using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Access.Revocations;

/// <summary>The tokens of <paramref name="Target"/> that were issued up to <paramref name="Before"/> are refused until <paramref name="Until"/>.</summary>
/// <param name="Target">Whose they are.</param>
/// <param name="Before">By the clock of the gateways. A single token is refused whenever it was issued.</param>
/// <param name="Until">By when all of them have expired.</param>
internal sealed record Revocation(RevocationTarget Target, DateTimeOffset Before, DateTimeOffset Until)
{
    /// <summary>
    /// Whether it refuses this login. Who was revoked can log in again, so that only older tokens count: those whose <c>iat</c>, which
    /// the issuer's clock gave, is not later than <see cref="Before"/> and the skew. A token that does not tell its age may be one.
    /// </summary>
    public bool Covers(Login login, TimeSpan skew) =>
        Target.Covers(login) && (Target.TokenId is not null || login.IssuedAt is not { } issued || issued <= Before + skew);

    /// <summary>Both at once: what either refuses, for as long as either does.</summary>
    public Revocation With(Revocation other) => this with
    {
        Before = other.Before > Before ? other.Before : Before,
        Until = other.Until > Until ? other.Until : Until,
    };
}
