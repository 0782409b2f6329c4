using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes.Checks;

/// <summary>Whether the policies that a route names exist.</summary>
internal static class PolicyCheck
{
    private static readonly PolicyKind[] Kinds =
    [
        new("AuthorizationPolicy", ["default", "anonymous"], ["Authorization", "Policies"]),
        new("CorsPolicy", ["default", "disable"], ["Cors", "Policies"]),
        new("TimeoutPolicy", ["disable"], []),
        new("RateLimiterPolicy", [], []),
        new("OutputCachePolicy", [], []),
    ];

    public static void Check(Setting route, Setting root, Findings findings)
    {
        foreach (var kind in Kinds)
        {
            if (route[kind.Property] is { Value: { Length: > 0 } name } reference)
            {
                string[] known = [.. kind.BuiltIn, .. (kind.Section.Length == 0 ? null : root.Find(kind.Section))?.Children.Select(policy => policy.Name) ?? []];
                if (!known.Contains(name, StringComparer.OrdinalIgnoreCase))
                {
                    findings.Error(reference, Complaint(kind, reference, known));
                }
            }
        }
    }

    /// <summary>Whether a route asks for a login by a token, as one does that names no policy, although nobody can log in so.</summary>
    public static void CheckLogin(Setting route, Setting root, Findings findings)
    {
        const string Complaint = "this route asks for a login, and the gateway runs without Authentication:Schemes; start it with a scheme "
            + "(`yarpws key` makes a key for one), or write \"AuthorizationPolicy\": \"anonymous\" to let in everybody.";
        if (route["AuthorizationPolicy"] is not { Value: { Length: > 0 } name } policy)
        {
            findings.Missing(route, "AuthorizationPolicy", Complaint);
        }
        else if (!name.Equals("anonymous", StringComparison.OrdinalIgnoreCase) && root.Find("Authorization", "Policies", name, "Check") is not { Value.Length: > 0 })
        {
            findings.Error(policy, Complaint);
        }
    }

    private static string Complaint(PolicyKind kind, Setting reference, string[] known) => (kind.Property, reference) switch
    {
        ("AuthorizationPolicy", { Kind: SettingKind.Boolean, Value: "True" }) => "names a policy; write \"default\" to let in any valid token.",
        ("AuthorizationPolicy", { Kind: SettingKind.Boolean }) => "names a policy; write \"anonymous\" to let in everybody.",
        ("CorsPolicy", { Kind: SettingKind.Boolean }) => "names a policy of Cors:Policies; write its name, or \"disable\".",
        _ when known.Length == 0 => $"no policy '{reference.Value}': the gateway has none of this kind; remove this.",
        _ => $"no policy '{reference.Value}'; {Nearest.Hint(reference.Value!, known)}",
    };

    private sealed record PolicyKind(string Property, string[] BuiltIn, string[] Section);
}
