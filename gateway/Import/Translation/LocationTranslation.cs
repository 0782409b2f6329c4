using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>
/// Makes a route of a location: (1) who is let in; (2) what answers; (3) what is added to answers. What nginx would refuse and the gateway cannot, and what
/// cannot be answered as nginx does, makes the route one that answers 501.
/// </summary>
/// <param name="scope">The location's block, or the server's for what no location takes.</param>
/// <param name="location">What it matches.</param>
/// <param name="variables">What holds here.</param>
/// <param name="server">The server that it is one of.</param>
/// <param name="upstreams">Where clusters come from.</param>
/// <param name="report">Where it is told.</param>
internal sealed class LocationTranslation(Scope scope, NginxLocation location, Variables variables, ServerTranslation server, Upstreams upstreams, ImportReport report)
{
    private const string StubStatus = "Active connections: $connections_active \nserver accepts handled requests\n $connections_accepted $connections_accepted $requests_begun \nReading: 0 Writing: $requests_under_way Waiting: $connections_waiting \n";

    private readonly RouteDraft _draft = new(report);

    /// <summary>Whether sockets are opened there.</summary>
    public bool IsForSockets => _draft.IsForSockets;

    /// <summary>Routes of the same location for requests that are answered otherwise, in the order in which they are asked.</summary>
    public List<ConditionalRoute> Others { get; } = [];

    public bool IsRefused => _draft.IsRefused;

    /// <summary>The route without its Match.</summary>
    public CommentedJson Translate(Directive? directive)
    {
        if (server.Refusal is { } refusal)
        {
            _draft.Refuse(refusal);
        }

        AddRules(scope.Directives);
        var isReturned = new ReturnTranslation(location, variables, server, _draft, report).Add(scope, scope.Directives);
        if (!isReturned && _draft.Answer is null)
        {
            AddOtherMethods();
            new GuardTranslation(scope, variables, server, upstreams, _draft, report).Add();
            AddHandler();
        }

        new AnswerTranslation(scope, variables, server, _draft, report).Add();
        if (directive is not null)
        {
            report.Say(directive, IsRefused ? ImportOutcome.Changed : ImportOutcome.Kept, IsRefused ? "It answers 501: see the lines within it that are not supported." : $"A route at \"{location.Text}\".");
        }

        return _draft.Finish();
    }

    /// <summary>The rules of a server, which are asked before its locations. One that refuses requests and cannot be kept is returned: all locations have to refuse them then.</summary>
    public Directive? TranslateRules()
    {
        Directive? refused = null;
        foreach (var (index, rule) in scope.Directives.Index())
        {
            if (rule.Name == "return")
            {
                break;
            }

            var draft = new RouteDraft(report);
            if (rule.Name is "if" or "rewrite" && !AddRule(rule, draft, [.. scope.Directives.Skip(index + 1)]))
            {
                refused ??= rule.Name == "if" && rule.Inner.Any(inner => inner.Name is "return" && inner.Argument is ['4', ..] or ['5', ..]) ? rule : null;
            }
        }

        return refused;
    }

    /// <summary>What is asked in order before the location answers: conditions, and paths that are led elsewhere.</summary>
    private void AddRules(IReadOnlyList<Directive> directives)
    {
        foreach (var (index, rule) in directives.Index())
        {
            if (rule.Name == "return" || _draft.Answer is not null)
            {
                break;
            }

            if (rule.Name is "if" or "rewrite")
            {
                AddRule(rule, _draft, [.. directives.Skip(index + 1)]);
            }
        }
    }

    /// <summary>limit_except: the location as it is for all other methods, with rules of their own about who is let in.</summary>
    private void AddOtherMethods()
    {
        foreach (var except in scope.Own("limit_except"))
        {
            var names = except.Inner.Select(inner => inner.Name is "allow" or "deny" ? "deny" : inner.Name).ToHashSet();
            var others = scope.Directives.Where(line => line != except && line.Name is not ("if" or "rewrite") && !names.Contains(line.Name == "allow" ? "deny" : line.Name));
            var translation = new LocationTranslation(new Scope(scope.Parent, [.. others, .. except.Inner]), location, variables, server, upstreams, report);
            var route = translation.Translate(null);
            if (translation.IsRefused || except.Arguments.Count == 0)
            {
                _draft.Refuse(except, "Its rules cannot be kept: write a route with Match:Methods for those that are let in.");
                continue;
            }

            // With GET goes HEAD.
            var methods = except.Arguments.Select(method => method.ToUpperInvariant()).SelectMany(method => method == "GET" ? ["GET", "HEAD"] : (string[])[method]);
            Others.Add(new ConditionalRoute($"$request_method !~ ^({string.Join('|', methods)})$", route, except));
            report.Say(except, ImportOutcome.Kept, "A route of its own for the other methods.");
        }
    }

    private bool AddRule(Directive rule, RouteDraft draft, IReadOnlyList<Directive> behind) =>
        rule.Name == "if" ? AddCondition(rule, draft) : new RewriteTranslation(scope, location, variables, server, report, Others).Add(rule, draft, behind);

    /// <summary>if in its safe forms: an answer, a redirect, or other headers.</summary>
    private bool AddCondition(Directive condition, RouteDraft draft)
    {
        if (condition.Inner.Count > 0 && condition.Inner.All(inner => inner.Name == "set"))
        {
            var isKept = condition.Inner.All(set => variables.IsKnown(set.Argument.TrimStart('$')));
            report.Say(condition, isKept ? ImportOutcome.Kept : ImportOutcome.Changed, isKept ? "Maps of the server." : "Each directive that uses what it sets says what becomes of it.");
            return true;
        }

        var compared = NginxCondition.Of(condition);
        if (compared is not null && scope.FindAll("auth_request_set").Any(set => set.Argument.TrimStart('$') == compared.Value.Trim('$', '{', '}')) && !compared.HoldsForNothing)
        {
            foreach (var directive in condition.Inner.Prepend(condition))
            {
                report.Say(directive, ImportOutcome.Meaningless, "It is looked at before auth_request asks, so that it never holds, neither with nginx.");
            }

            return true;
        }

        if (compared is null || compared.When(scope.Find("root") is { } root ? variables.WithConstant("document_root", root.Argument) : variables, server.PathOf) is not { } when)
        {
            draft.Refuse(condition, compared is { IsOfFile: true }
                ? "A file that follows from the request is asked for by try_files: write it, with what stands in the 'if' as a location @name behind it."
                : "An 'if' is taken over where it compares a variable that settings know: write what it does as a location of its own, or have the destination do it.");
            return false;
        }

        var inside = compared.Inside(variables);
        var names = condition.Inner.Select(inner => inner.Name).ToHashSet();
        var inner = new Scope(scope, condition.Inner);
        var translation = new LocationTranslation(inner, location, inside, server, upstreams, report);
        if (names.Contains("return") && names.All(name => name is "return" or "add_header" or "default_type" or "access_log" or "expires") && new ReturnTranslation(location, inside, server, translation._draft, report).Add(inner, condition.Inner))
        {
            new AnswerTranslation(inner, inside, server, translation._draft, report).Add();
        }
        else if (condition.Inner.Where(line => line.Name != "break").ToList() is [{ Name: "rewrite" } rewrite] && new RewriteTranslation(inner, location, inside, server, report, []).AddAlways(rewrite, translation._draft))
        {
            new AnswerTranslation(inner, inside, server, translation._draft, report).Add();
        }
        else if (names.Count > 0 && location.Path.Length > 0 && names.All(name => name is "add_header" or "expires" or "access_log" or "proxy_pass" or "break"))
        {
            // The location as it is, but for these.
            var others = scope.Directives.Where(line => line.Name is not ("if" or "rewrite" or "return") && !names.Contains(line.Name) && !(line.Name == "try_files" && names.Contains("proxy_pass")));
            translation = new LocationTranslation(new Scope(scope.Parent, [.. others, .. condition.Inner]), location, inside, server, upstreams, report);
            translation.Translate(null);
        }
        else
        {
            draft.Refuse(condition, "An 'if' is taken over where it holds add_header or proxy_pass, or a return or redirect: write what is in it as a location of its own.");
            return false;
        }

        if (translation.IsRefused)
        {
            draft.Refuse($"{Upstreams.Place(condition)}: if");
            return false;
        }

        Others.Add(new ConditionalRoute(when, translation._draft.Finish(), condition));
        report.Say(condition, ImportOutcome.Kept, "A route of its own with this condition.");
        return true;
    }

    private void AddHandler()
    {
        if (scope.Own("stub_status").FirstOrDefault() is { } numbers)
        {
            Others.Add(new ConditionalRoute("$request_method !~ ^(GET|HEAD)$", _draft.Guards().Set("Answer", new CommentedJson().Set("Status", 405)), numbers));
            _draft.Answer = new CommentedJson().Set("Body", StubStatus).Set("ContentType", "text/plain");
            report.Say(numbers, ImportOutcome.Kept, "Answer, with the same numbers: a socket that is open is one of those that wait. More of them stand on the admin port: GET /metrics, GET /history and the page.");
            return;
        }

        foreach (var directive in scope.Directives)
        {
            if (KnownDirectives.Handlers.TryGetValue(directive.Name, out var why))
            {
                _draft.Refuse(directive, why);
                return;
            }
        }

        if (scope.Own("proxy_pass").FirstOrDefault() is { } pass)
        {
            new ForwardTranslation(scope, location, variables, server, upstreams, _draft, report).Add(pass);
        }
        else
        {
            new FileTranslation(scope, location, variables, server, _draft, report).Add();
        }
    }
}

/// <summary>A route for some requests of a location.</summary>
/// <param name="When">The condition.</param>
/// <param name="Route">The route without its Match.</param>
/// <param name="From">What it comes from.</param>
internal sealed record ConditionalRoute(string When, CommentedJson Route, Directive From);
