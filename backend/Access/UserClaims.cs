using System.Security.Claims;

namespace YarpWs.Backend.Access;

/// <summary>What a token says about its bearer, in the claims that Web PubSub uses: <c>sub</c> and <c>role</c>.</summary>
internal static class UserClaims
{
    public const string UserIdClaim = "sub";
    public const string RoleClaim = "role";

    private const string SendToGroup = "webpubsub.sendToGroup";

    /// <summary>The user's id; empty for a token that names none.</summary>
    public static string UserId(this ClaimsPrincipal user) => user.FindFirstValue(UserIdClaim) ?? "";

    /// <summary>Whether the bearer may send to this group: by the role for all groups, or the one that names it.</summary>
    public static bool MaySendTo(this ClaimsPrincipal user, string group) =>
        user.HasClaim(RoleClaim, SendToGroup) || user.HasClaim(RoleClaim, $"{SendToGroup}.{group}");
}
