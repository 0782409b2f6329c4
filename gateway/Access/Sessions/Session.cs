using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Access.Sessions;

/// <summary>
/// A person who has logged in here: whose session it is, and the tokens that their browser never sees. It lies in Redis under <see cref="Key"/>, which the browser's cookie names.
/// </summary>
internal sealed class Session
{
    private const string RenewAtName = "renew_at";
    private const string NewestName = "newest";
    private const string VersionName = "version";

    public Session(string key, AuthenticationTicket ticket)
    {
        Key = key;
        Ticket = ticket;
        Login = Login.Of(ticket.Principal)! with { Session = key };
    }

    /// <summary>256 random bits. No secret by itself: the cookie that names it is encrypted.</summary>
    public string Key { get; }

    /// <summary>As it is kept.</summary>
    public AuthenticationTicket Ticket { get; }

    /// <summary>
    /// Whose it is. <see cref="Login.IssuedAt"/> is when its first access token was issued, so that a revocation that is made later ends the session and not only a token;
    /// <see cref="Login.ExpiresAt"/> is when its newest one expires.
    /// </summary>
    public Login Login { get; }

    public string AccessToken => Ticket.Properties.GetTokenValue(SessionTokens.AccessTokenName)!;

    /// <summary>Null where the issuer gave none: the session ends with its access token.</summary>
    public string? RefreshToken => Ticket.Properties.GetTokenValue(SessionTokens.RefreshTokenName);

    /// <summary>What the issuer wants to see when its session is to end as well.</summary>
    public string? IdToken => Ticket.Properties.GetTokenValue(SessionTokens.IdTokenName);

    /// <summary>From when on the access token is to be renewed.</summary>
    public DateTimeOffset RenewAt => Time(RenewAtName);

    /// <summary>When its newest access token was issued, by the issuer's clock.</summary>
    public DateTimeOffset NewestTokenIssuedAt => Time(NewestName);

    public DateTimeOffset EndsAt => Ticket.Properties.ExpiresUtc!.Value;

    /// <summary>Rises with every renewal.</summary>
    public int Version => int.Parse(Ticket.Properties.GetString(VersionName)!, CultureInfo.InvariantCulture);

    /// <summary>Describes a session that begins: the ticket's principal, and what goes into its properties.</summary>
    /// <param name="properties">Gets the tokens and times.</param>
    /// <param name="tokens">What the issuer gave.</param>
    /// <param name="login">What the access token says.</param>
    /// <param name="sessionId">The issuer's session, by the ID token; null where it names none, and the session gets a name of its own.</param>
    /// <param name="options">How long it lasts.</param>
    /// <param name="now">The gateway's time.</param>
    public static ClaimsPrincipal Begin(AuthenticationProperties properties, SessionTokens tokens, Login login, string? sessionId, SessionsOptions options, DateTimeOffset now)
    {
        var end = now + options.Lifetime;
        properties.IssuedUtc = now;
        properties.ExpiresUtc = tokens.RefreshToken is null && login.ExpiresAt < end ? login.ExpiresAt : end;
        Put(properties, tokens, login, options, now, version: 0);
        var claims = new List<Claim>
        {
            new("sid", login.SessionId ?? sessionId ?? SessionKeys.Create()),
            new("iat", Seconds(login.IssuedAt ?? now)),
            new("exp", Seconds(login.ExpiresAt)),
        };
        Add(claims, "iss", login.Issuer);
        Add(claims, "sub", login.User);
        return new ClaimsPrincipal(new ClaimsIdentity(claims, SessionSchemes.Cookie));
    }

    /// <summary>The same session with newer tokens.</summary>
    public Session With(SessionTokens tokens, Login login, SessionsOptions options, DateTimeOffset now)
    {
        var ticket = Ticket.Clone();
        Put(ticket.Properties, tokens, login, options, now, Version + 1);
        var claims = ticket.Principal.Claims.Where(claim => claim.Type != "exp").Append(new Claim("exp", Seconds(login.ExpiresAt)));
        return new Session(Key, new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity(claims, SessionSchemes.Cookie)), ticket.Properties, SessionSchemes.Cookie));
    }

    /// <summary>What is known of a request beyond what its access token says: the session, and what the issuer calls it.</summary>
    public ClaimsPrincipal Complete(ClaimsPrincipal token)
    {
        var own = new ClaimsIdentity([Login.ClaimOfSession(Key)]);
        if (!token.HasClaim(claim => claim.Type == "sid"))
        {
            own.AddClaim(new Claim("sid", Login.SessionId!));
        }

        return new ClaimsPrincipal([.. token.Identities, own]);
    }

    private static void Put(AuthenticationProperties properties, SessionTokens tokens, Login login, SessionsOptions options, DateTimeOffset now, int version)
    {
        var life = login.ExpiresAt - now;
        var before = options.RenewBefore < life / 2 ? options.RenewBefore : life / 2;
        properties.StoreTokens(tokens.Named);
        properties.SetString(RenewAtName, Seconds(login.ExpiresAt - before));
        properties.SetString(NewestName, Seconds(login.IssuedAt ?? now));
        properties.SetString(VersionName, version.ToString(CultureInfo.InvariantCulture));
    }

    private static void Add(List<Claim> claims, string type, string? value)
    {
        if (value is not null)
        {
            claims.Add(new Claim(type, value));
        }
    }

    private static string Seconds(DateTimeOffset time) => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private DateTimeOffset Time(string name) => DateTimeOffset.FromUnixTimeSeconds(long.Parse(Ticket.Properties.GetString(name)!, CultureInfo.InvariantCulture));
}

/// <summary>The tokens that a session is made of, as the issuer gave them.</summary>
internal sealed record SessionTokens(string AccessToken, string? RefreshToken, string? IdToken)
{
    public const string AccessTokenName = "access_token";
    public const string RefreshTokenName = "refresh_token";
    public const string IdTokenName = "id_token";

    /// <summary>Those that there are.</summary>
    public IEnumerable<AuthenticationToken> Named =>
        from token in new (string Name, string? Value)[] { (AccessTokenName, AccessToken), (RefreshTokenName, RefreshToken), (IdTokenName, IdToken) }
        where token.Value is { Length: > 0 }
        select new AuthenticationToken { Name = token.Name, Value = token.Value! };
}
