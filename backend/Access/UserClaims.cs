using System.Security.Claims;
using YarpWs.Backend.Messages;

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
        user.HasClaim(RoleClaim, SendToGroup) || user.HasClaim(claim => claim.Type == RoleClaim && Names(claim.Value, group));

    /// <summary>Groups have names in Unicode's form C; a role may be written in another.</summary>
    private static bool Names(string role, string group) =>
        role.StartsWith(SendToGroup + ".", StringComparison.Ordinal) && Nfc.Of(role[(SendToGroup.Length + 1)..]) == group;
}
