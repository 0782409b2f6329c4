using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.IdentityModel.Tokens;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Access.Logins.External;

/// <summary>A login as an external check has last confirmed it: the same claims as a token's, so that limits, revocations, policies and the access log know it like one.</summary>
internal sealed class CheckedLogin
{
    /// <param name="scheme">The name of the check.</param>
    /// <param name="issuer">The gateway's own name in tokens.</param>
    /// <param name="question">What was asked.</param>
    /// <param name="person">What was answered.</param>
    /// <param name="answeredAt">When.</param>
    /// <param name="endsAt">When it ends unless it is confirmed again.</param>
    public CheckedLogin(string scheme, string issuer, CheckQuestion question, CheckedPerson person, DateTimeOffset answeredAt, DateTimeOffset endsAt)
    {
        (Person, AnsweredAt, SessionId) = (person, answeredAt, person.Session ?? question.SessionId);
        List<Claim> claims =
        [
            new("iss", issuer), new("sub", person.User), new("sid", SessionId), new("exp", Seconds(endsAt)), Login.ClaimOfCheck(question.Key),
            .. person.Roles.Select(role => new Claim("role", role)),
            .. person.Groups.Select(group => new Claim("groups", group)),
            .. person.Claims.Select(claim => new Claim(claim.Key, claim.Value)),
        ];
        if (person.Since is { } since)
        {
            // A login of the future would look later as if it had come after a revocation.
            claims.Add(new("iat", Seconds(since < answeredAt ? since : answeredAt)));
        }

        Principal = new ClaimsPrincipal(new CaseSensitiveClaimsIdentity(claims, scheme, "sub", "role"));
        Login = Login.Of(Principal)!;
        Success = AuthenticateResult.Success(new AuthenticationTicket(Principal, scheme));
    }

    public CheckedPerson Person { get; }

    public string SessionId { get; }

    public DateTimeOffset AnsweredAt { get; }

    public ClaimsPrincipal Principal { get; }

    public Login Login { get; }

    /// <summary>What authentication says of each of its requests.</summary>
    public AuthenticateResult Success { get; }

    /// <summary>Whether it is still the same person's same session.</summary>
    public bool IsOf(CheckedLogin other) => Person.User == other.Person.User && SessionId == other.SessionId;

    private static string Seconds(DateTimeOffset time) => (time.ToUnixTimeMilliseconds() / 1000.0).ToString(CultureInfo.InvariantCulture);
}
