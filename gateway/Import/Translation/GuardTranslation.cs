using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>Who is let in to a location. What nginx would refuse and the gateway cannot makes the route one that answers 501.</summary>
/// <param name="scope">The location's block, or the server's for what no location takes.</param>
/// <param name="variables">What holds here.</param>
/// <param name="server">The server that it is one of.</param>
/// <param name="upstreams">Where clusters come from.</param>
/// <param name="draft">Its route.</param>
/// <param name="report">Where it is told.</param>
internal sealed class GuardTranslation(Scope scope, Variables variables, ServerTranslation server, Upstreams upstreams, RouteDraft draft, ImportReport report)
{
    public void Add()
    {
        foreach (var (name, why) in KnownDirectives.Guards)
        {
            if (scope.Find(name) is { } guard && guard.Argument != "off")
            {
                draft.Refuse(guard, why);
            }
        }

        var rules = scope.FindAll("allow", "deny");
        if (rules.Count > 0)
        {
            AddNetworks(rules);
        }

        if (scope.Find("auth_basic") is { } basic)
        {
            if (basic.Argument == "off")
            {
                report.Say(basic, ImportOutcome.Kept, "Nobody is asked for a password.");
            }
            else
            {
                AddBasicAuth(basic);
            }
        }

        if (scope.Find("auth_request") is { } asked)
        {
            new AuthTranslation(scope, variables, server, upstreams, draft, report).Add(asked);
        }

        if (scope.Find("satisfy") is { } satisfy)
        {
            var logins = new[] { scope.Find("auth_basic"), scope.Find("auth_request") }.Count(login => login is { Argument: not "off" });
            if (satisfy.Argument == "any" && logins > 1)
            {
                draft.Refuse(satisfy, "Of a password and another server both are asked here, never one of them.");
            }
            else if (satisfy.Argument == "any" && rules.Count > 0 && logins == 1)
            {
                draft.Route.Set("Satisfy", "Any");
                report.Say(satisfy, ImportOutcome.Kept, "Satisfy.");
            }
            else
            {
                report.Say(satisfy, ImportOutcome.Kept, "All that is asked is asked.");
            }
        }

        if (scope.Own("internal").FirstOrDefault() is { } @internal)
        {
            draft.Route.Set("Internal", true);
            report.Say(@internal, ImportOutcome.Kept, "Internal: 404 from outside; error pages, fallbacks and X-Accel-Redirect of destinations (AccelRedirects) lead there.");
        }

        new LimitTranslation(scope, variables, server, draft, report).Add();
    }

    private void AddNetworks(IReadOnlyList<Directive> rules)
    {
        if (scope.Find("real_ip_header") is { } header && !server.IsClientKnown(scope))
        {
            draft.Refuse(header, "Clients behind a proxy are known by X-Forwarded-For or the PROXY protocol, so that these rules would look at the proxy.");
            return;
        }

        var networks = new List<object>();
        foreach (var rule in rules)
        {
            if (rule.Argument.StartsWith("unix:", StringComparison.Ordinal))
            {
                report.Say(rule, ImportOutcome.Meaningless, "Nobody comes by a unix socket.");
            }
            else
            {
                networks.Add(new CommentedJson().Set(rule.Name == "allow" ? "Allow" : "Deny", rule.Argument));
                report.Say(rule, ImportOutcome.Kept, "Networks.");
            }
        }

        draft.Route.Set("Networks", networks);
    }

    private void AddBasicAuth(Directive basic)
    {
        var (realm, unknown) = variables.Translate(basic.Argument);
        if (scope.Find("auth_basic_user_file") is not { } file || realm is null || file.Argument.Contains('$', StringComparison.Ordinal))
        {
            draft.Refuse(basic, unknown.Length > 0 ? $"{unknown} has no counterpart." : "There is no auth_basic_user_file, or its name holds a variable.");
            return;
        }

        // The destination gets the header, as it does from nginx.
        draft.Route.Set("BasicAuth", new CommentedJson().Set("Realm", realm.Replace("\"", "'", StringComparison.Ordinal)).Set("File", server.PathOf(file.Argument)).Set("Forward", true));
        report.Say(basic, ImportOutcome.Kept, "BasicAuth.");
        report.Say(file, ImportOutcome.Kept, "BasicAuth:File.");
    }
}
