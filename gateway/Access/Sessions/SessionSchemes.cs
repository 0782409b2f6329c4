using System.Buffers.Text;
using System.Security.Cryptography;

namespace YarpWs.Gateway.Access.Sessions;

/// <summary>The names of the platform's two handlers. No scheme of the operator's can have them.</summary>
internal static class SessionSchemes
{
    /// <summary>Logs a person in at the issuer.</summary>
    public const string OpenId = " yarpws.openid";

    /// <summary>Gives and takes the cookie.</summary>
    public const string Cookie = " yarpws.session";
}

/// <summary>Where the gateway itself answers, under <c>Access:Path</c>.</summary>
internal sealed record SessionPaths(string Prefix)
{
    /// <summary>GET: begins a login, and goes on to the path in <c>returnTo</c>.</summary>
    public PathString Login { get; } = new($"{Prefix}/login");

    /// <summary>Where the issuer sends the browser back to.</summary>
    public PathString Callback { get; } = new($"{Prefix}/callback");

    /// <summary>POST: ends the session.</summary>
    public PathString Logout { get; } = new($"{Prefix}/logout");

    /// <summary>Where the issuer sends the browser once its own session has ended.</summary>
    public PathString LoggedOut { get; } = new($"{Prefix}/logged-out");

    /// <summary>POST: where the issuer tells of sessions that have ended elsewhere.</summary>
    public PathString BackChannel { get; } = new($"{Prefix}/backchannel-logout");

    /// <summary>Whether a request is for one of them.</summary>
    public bool Contains(PathString path) => path.StartsWithSegments(Prefix, StringComparison.Ordinal)
        && (path == Login || path == Callback || path == Logout || path == LoggedOut || path == BackChannel);
}

internal static class SessionKeys
{
    /// <summary>A name that nobody can guess.</summary>
    public static string Create() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}
