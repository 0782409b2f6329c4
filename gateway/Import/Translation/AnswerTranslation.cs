using System.Globalization;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>What is added to the answers of a location, whoever gives them.</summary>
/// <param name="scope">The location's block, or the server's for what no location takes.</param>
/// <param name="variables">What holds here.</param>
/// <param name="server">The server that it is one of.</param>
/// <param name="draft">Its route.</param>
/// <param name="report">Where it is told.</param>
internal sealed class AnswerTranslation(Scope scope, Variables variables, ServerTranslation server, RouteDraft draft, ImportReport report)
{
    /// <summary>Scripts are called by either name, in nginx's table of types by another than in the platform's (RFC 9239).</summary>
    private static readonly string[] Scripts = ["text/javascript", "application/javascript", "application/x-javascript"];

    public void Add()
    {
        AddHeaders();
        AddRemovedHeaders();
        AddErrorPages();
        AddCompression();
        draft.SetIfAny("AccessLogs", server.LogsOf(scope) is { } logs ? (List<object>)[.. logs] : null);
    }

    public void AddHeaders()
    {
        foreach (var header in scope.FindAll("add_header"))
        {
            var (name, value) = (header.Argument, header.Arguments.ElementAtOrDefault(1) ?? "");
            if (name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase) && draft.Answer is not null)
            {
                report.Say(header, ImportOutcome.Changed, "Answer:ContentType, in place of a second Content-Type beside that of nginx.");
                continue;
            }

            var (translated, unknown) = variables.Translate(OnOneLine(value));
            if (translated is null)
            {
                report.Say(header, ImportOutcome.Unsupported, $"{unknown} has no counterpart; answers go without {name}.");
                continue;
            }

            var json = new CommentedJson().Set("Name", name).Set("Value", translated);
            draft.Headers.Add(header.Arguments.Contains("always") ? json.Set("Always", true) : json);
            report.Say(header, OnOneLine(value) == value ? ImportOutcome.Kept : ImportOutcome.Changed, OnOneLine(value) == value ? "Headers." : "Headers, on one line: no header has several (RFC 9112, section 5.2).");
        }

        if (scope.Find("expires") is not { Argument: not "off" } expires)
        {
            return;
        }

        var text = expires.Arguments is ["modified", ..] ? "modified" : expires.Argument;
        if (text is "epoch" || text.StartsWith('-'))
        {
            draft.Headers.Add(new CommentedJson().Set("Name", "Expires").Set("Value", "Thu, 01 Jan 1970 00:00:01 GMT"));
            draft.Headers.Add(new CommentedJson().Set("Name", "Cache-Control").Set("Value", "no-cache"));
            draft.RemovedHeaders.AddRange(["Expires", "Cache-Control"]);
            report.Say(expires, text == "epoch" ? ImportOutcome.Kept : ImportOutcome.Changed, "Headers: Cache-Control: no-cache, and an Expires of the past.");
        }
        else if (text == "max")
        {
            draft.Headers.Add(new CommentedJson().Set("Name", "Expires").Set("Value", "Thu, 31 Dec 2037 23:55:55 GMT"));
            draft.Headers.Add(new CommentedJson().Set("Name", "Cache-Control").Set("Value", "max-age=315360000"));
            draft.RemovedHeaders.AddRange(["Expires", "Cache-Control"]);
            report.Say(expires, ImportOutcome.Kept, "Headers: Expires and Cache-Control, as nginx writes them.");
        }
        else if (NginxValue.Time(text) is { } time && time <= TimeSpan.FromDays(3650))
        {
            draft.Route.Set("Expires", NginxValue.Write(time));
            report.Say(expires, ImportOutcome.Kept, "Expires.");
        }
        else
        {
            report.Say(expires, ImportOutcome.Unsupported, "Answers have one age for each route, counted from when they are sent; write it as a time.");
        }
    }

    private static string OnOneLine(string value) => value.AsSpan().ContainsAny('\r', '\n') ? string.Join(' ', value.Split((char[])['\r', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)) : value;

    private void AddRemovedHeaders()
    {
        foreach (var hidden in scope.FindAll("proxy_hide_header"))
        {
            draft.RemovedHeaders.Add(hidden.Argument);
            report.Say(hidden, ImportOutcome.Kept, "RemoveHeaders.");
        }
    }

    private void AddErrorPages()
    {
        var pages = new List<object>();
        var ofDestinations = scope.IsOn("proxy_intercept_errors");
        foreach (var page in scope.FindAll("error_page"))
        {
            var statuses = page.Arguments.Select(argument => int.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is >= 300 and <= 599 ? status : 0).Where(status => status > 0).Distinct().ToList();
            var change = page.Arguments.FirstOrDefault(argument => argument.StartsWith('='));
            var (place, unknown) = page.Arguments[^1] is ['@', ..] ? (server.IdOfNamed(page.Arguments[^1]), "") : variables.Translate(page.Arguments[^1]);
            if (place is null || statuses.Count == 0)
            {
                report.Say(page, ImportOutcome.Unsupported, unknown.Length > 0 ? $"{unknown} has no counterpart; the gateway's own sentence is sent." : "There is no such location, or no status from 300 to 599; the gateway's own sentence is sent.");
                continue;
            }

            var json = new CommentedJson().Set("Statuses", (List<object>)[.. statuses]);
            var ofLocation = !place.StartsWith('/') && !place.StartsWith('@');
            json.Set(ofLocation ? "Location" : "Path", place);
            if (change == "=" && !ofLocation)
            {
                json.Set("PageStatus", true);
            }
            else if (change is ['=', _, ..] && int.TryParse(change[1..], out var status) && status is >= 200 and <= 599)
            {
                json.Set("Status", status);
            }

            pages.Add(ofDestinations ? json.Set("OfDestinations", true) : json);
            report.Say(page, ImportOutcome.Kept, "ErrorPages.");
        }

        if (scope.Find("proxy_intercept_errors") is { } intercept)
        {
            report.Say(intercept, ImportOutcome.Kept, "OfDestinations in ErrorPages.");
        }

        draft.SetIfAny("ErrorPages", pages);
    }

    private void AddCompression()
    {
        if (scope.Find("gzip") is not { } gzip)
        {
            return;
        }

        report.Say(gzip, ImportOutcome.Kept, gzip.Argument == "on" ? "Compression, gzip and Brotli. Over TLS mind BREACH: leave it off where an answer holds a secret beside what a stranger can put there." : "Not compressed.");
        if (gzip.Argument != "on")
        {
            return;
        }

        var types = scope.Find("gzip_types");
        var compression = new CommentedJson().Set("Types", (List<object>)[.. (types?.Arguments ?? []).Prepend("text/html").Where(type => type != "text/event-stream").SelectMany(type => type == "*" ? ["*/*"] : Scripts.Contains(type) ? Scripts.OrderByDescending(script => script == type) : (IEnumerable<string>)[type]).Distinct()]);
        Bounded("gzip_min_length", "MinLength", 20, 0, 1 << 30);
        Bounded("gzip_comp_level", "Level", 1, 1, 9);
        if (types is not null)
        {
            report.Say(types, types.Arguments.Contains("text/event-stream") ? ImportOutcome.Changed : ImportOutcome.Kept, types.Arguments.Contains("text/event-stream") ? "Compression:Types; event streams are never compressed, or their events would wait." : "Compression:Types.");
        }

        draft.Route.Set("Compression", compression);

        void Bounded(string name, string key, int byDefault, int least, int most)
        {
            var directive = scope.Find(name);
            compression.Set(key, (int)Math.Clamp(NginxValue.Size(directive?.Argument ?? "") ?? byDefault, least, most));
            if (directive is not null)
            {
                report.Say(directive, ImportOutcome.Kept, $"Compression:{key}.");
            }
        }
    }
}
