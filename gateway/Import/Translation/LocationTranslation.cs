using System.Globalization;
using System.Text.RegularExpressions;
using YarpWs.Gateway.Import.Grammar;
using YarpWs.Gateway.Requests;

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
internal sealed partial class LocationTranslation(Scope scope, NginxLocation location, Variables variables, ServerTranslation server, Upstreams upstreams, ImportReport report)
{
    private readonly RouteDraft _draft = new(report);

    /// <summary>Whether sockets are opened there.</summary>
    public bool IsForSockets => _draft.IsForSockets;

    /// <summary>Routes for methods that are answered otherwise, each with the methods.</summary>
    public List<(IReadOnlyList<object> Methods, CommentedJson Route)> Others { get; } = [];

    /// <summary>The methods that the route itself takes; empty for all.</summary>
    public IReadOnlyList<object> Methods { get; private set; } = [];

    public bool IsRefused => _draft.IsRefused;

    /// <summary>The route without its Match.</summary>
    public CommentedJson Translate(Directive? directive)
    {
        AddConditions();
        var isReturned = AddReturn(scope, scope.Directives);
        if (!isReturned)
        {
            new GuardTranslation(scope, location, variables, server, _draft, report).Add();
            AddRewrites();
        }

        if (!isReturned && _draft.Answer is null)
        {
            AddHandler();
        }

        new AnswerTranslation(scope, variables, server, _draft, report).Add();
        if (directive is not null)
        {
            report.Say(directive, IsRefused ? ImportOutcome.Changed : ImportOutcome.Kept, IsRefused ? "It answers 501: see the lines within it that are not supported." : $"A route at \"{location.Text}\".");
        }

        return _draft.Finish();
    }

    /// <summary>if in its safe forms: by the method, with nothing but an answer in it.</summary>
    private void AddConditions()
    {
        if (server.Refusal is { } refusal)
        {
            _draft.Refuse(refusal);
        }

        foreach (var condition in server.MethodConditions.Concat(scope.Own("if")))
        {
            var text = string.Join(' ', condition.Arguments).Trim('(', ')', ' ');
            var isAnswer = condition.Inner.All(inner => inner.Name is "return" or "add_header" or "default_type" or "access_log") && condition.Inner.Any(inner => inner.Name == "return");
            var method = MethodIs().Match(text);
            if (!method.Success || !isAnswer)
            {
                _draft.Refuse(condition, method.Success
                    ? "An 'if' is taken over where it holds nothing but add_header and return: write what is in it as a location of its own."
                    : "An 'if' is taken over where it compares $request_method: write what it does as a location or a server of its own, or have the destination do it.");
                continue;
            }

            List<object> methods = [.. method.Groups["methods"].Value.Split('|')];
            var inner = new Scope(scope, condition.Inner);
            var answer = new LocationTranslation(inner, location, variables, server, upstreams, report);
            if (!answer.AddReturn(inner, condition.Inner))
            {
                _draft.Refuse(condition, "What it returns cannot be said here.");
                continue;
            }

            new AnswerTranslation(inner, variables, server, answer._draft, report).AddHeaders();
            var route = answer._draft.Finish();
            if (method.Groups["not"].Success)
            {
                Methods = methods;
                Others.Add(([], route));
            }
            else
            {
                Others.Add((methods, route));
            }

            report.Say(condition, ImportOutcome.Kept, "A route of the same location for these methods.");
        }
    }

    /// <summary>Returns whether a return stands here, which answers before anybody is refused.</summary>
    private bool AddReturn(Scope where, IReadOnlyList<Directive> directives)
    {
        if (directives.FirstOrDefault(directive => directive.Name == "return") is not { } @return)
        {
            return false;
        }

        var first = @return.Argument;
        var status = int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 302;
        var text = @return.Arguments.Count > 1 ? @return.Arguments[1] : char.IsAsciiDigit(first.FirstOrDefault()) ? null : first;
        if (status == 444)
        {
            _draft.Answer = new CommentedJson().Set("Close", true);
            report.Say(@return, ImportOutcome.Kept, "Answer:Close.");
            return true;
        }

        if (status is < 200 or > 599)
        {
            _draft.Refuse(@return, $"{status} is no status that is sent.");
            return true;
        }

        var (translated, unknown) = text is null ? (null, "") : variables.Translate(text);
        if (unknown.Length > 0)
        {
            _draft.Refuse(@return, $"{unknown} has no counterpart.");
            return true;
        }

        _draft.Answer = new CommentedJson().Set("Status", status);
        if (status is 301 or 302 or 303 or 307 or 308)
        {
            _draft.Answer.Set("Location", translated is ['/', ..] && where.Find("absolute_redirect")?.Argument != "off" ? server.Absolute(translated) : translated ?? "/");
        }
        else if (status is not (204 or 205 or 304))
        {
            if (translated is not null)
            {
                _draft.Answer.Set("Body", translated);
            }

            AddContentType(where, translated is not null);
        }

        report.Say(@return, ImportOutcome.Kept, "Answer.");
        return true;
    }

    /// <summary>A type that add_header says beside the one that nginx says goes in its place: two of them are read in several ways.</summary>
    private void AddContentType(Scope where, bool hasBody)
    {
        if (where.Find("default_type") is { } type)
        {
            report.Say(type, ImportOutcome.Kept, "Answer:ContentType, and Files:DefaultType.");
        }

        var added = where.FindAll("add_header").FirstOrDefault(header => header.Argument.Equals("Content-Type", StringComparison.OrdinalIgnoreCase));
        if (hasBody)
        {
            _draft.Answer!.Set("ContentType", added?.Arguments.ElementAtOrDefault(1) ?? where.Find("default_type")?.Argument ?? "text/plain");
        }
    }

    private void AddRewrites()
    {
        foreach (var rewrite in scope.Own("rewrite"))
        {
            var (expression, replacement) = (rewrite.Argument, rewrite.Arguments.ElementAtOrDefault(1) ?? "");
            var flag = rewrite.Arguments.ElementAtOrDefault(2) ?? "";
            var isRedirect = flag is "permanent" or "redirect" || replacement.StartsWith("http://", StringComparison.Ordinal) || replacement.StartsWith("https://", StringComparison.Ordinal) || replacement.StartsWith("$scheme", StringComparison.Ordinal);
            if (Expression.FaultOf(expression, ignoreCase: false) is { } fault)
            {
                _draft.Refuse(rewrite, $"The expression cannot be read: {fault}");
            }
            else if (isRedirect)
            {
                AddRedirect(rewrite, expression, replacement, flag == "permanent" ? 301 : 302);
            }
            else if (flag == "break" && scope.Find("proxy_pass") is not null && GroupsAlone().IsMatch(variables.Fold(replacement)))
            {
                _draft.Transforms.Add(new CommentedJson().Set("PathRewrite", expression).Set("To", variables.Fold(replacement)));
                report.Say(rewrite, ImportOutcome.Kept, "PathRewrite.");
            }
            else
            {
                _draft.Refuse(rewrite, "A path is changed on its way to a destination ('break' with groups of its expression alone), or by a redirect; one that is looked up again is written as locations of their own.");
            }
        }
    }

    /// <summary>Only one that fits every path of the location answers it.</summary>
    private void AddRedirect(Directive rewrite, string expression, string replacement, int status)
    {
        if (_draft.Answer is not null)
        {
            report.Say(rewrite, ImportOutcome.Meaningless, "The one above it answers.");
            return;
        }

        if (expression is not ("^" or ".*" or "^.*" or "^.*$" or "^(.*)$" or "^/(.*)$" or "^/(.*)" or "^(.*)" or "(.*)" or "^/?(.*)$" or "^/"))
        {
            _draft.Refuse(rewrite, "A redirect for some paths of a location is written as a location with that expression.");
            return;
        }

        // $1 is the path, with or without its first slash.
        var path = expression.StartsWith("^/", StringComparison.Ordinal) ? "/$1" : "$1";
        var target = variables.Fold(replacement).Replace(path, "$uri", StringComparison.Ordinal);
        var (translated, unknown) = variables.Translate(target);
        if (translated is null || unknown.Length > 0 || target.Contains("$1", StringComparison.Ordinal))
        {
            _draft.Refuse(rewrite, unknown.Length > 0 ? $"{unknown} has no counterpart." : "The path stands where it cannot be put.");
            return;
        }

        translated = translated is [.. var head, '?'] ? head : translated.Contains('?', StringComparison.Ordinal) ? $"{translated}&$args" : $"{translated}$is_args$args";
        _draft.Answer = new CommentedJson().Set("Status", status).Set("Location", translated is ['/', ..] || translated.StartsWith("$uri", StringComparison.Ordinal) ? server.Absolute(translated) : translated);
        report.Say(rewrite, ImportOutcome.Kept, "Answer.");
    }

    private void AddHandler()
    {
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

    [GeneratedRegex(@"^\$request_method\s*(?:(?:=|~\*?)|(?<not>!=|!~\*?))\s*""?\^?\(?(?<methods>[A-Z]+(?:\|[A-Z]+)*)\)?\$?""?$")]
    private static partial Regex MethodIs();

    [GeneratedRegex(@"^(?:[^$]|\$[1-9])*$")]
    private static partial Regex GroupsAlone();
}
