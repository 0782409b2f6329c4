namespace YarpWs.Gateway.Access.Sessions;

/// <summary>
/// Where a page goes on once its owner has logged in: a path of this site, with its query, and never another site. Browsers take <c>//host</c> and <c>/\host</c> for one, and drop
/// tabs and line ends that stand between.
/// </summary>
internal static class ReturnPath
{
    public const string Home = "/";

    /// <summary>It travels to the issuer and back in an address, encrypted; what is longer than this would not fit there.</summary>
    public const int Longest = 2048;

    /// <summary>The address that a navigation asked for, or <see cref="Home"/> where that cannot be gone back to.</summary>
    public static string Of(HttpRequest request)
    {
        var path = request.PathBase.Add(request.Path).ToUriComponent() + request.QueryString.ToUriComponent();
        return IsSafe(path) ? path : Home;
    }

    public static bool IsSafe(string? path) =>
        path is ['/', ..] and not ['/', '/' or '\\', ..] && path.Length <= Longest && !path.Any(character => char.IsControl(character) || character == '\\');
}
