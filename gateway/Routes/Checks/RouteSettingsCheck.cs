using Microsoft.AspNetCore.WebUtilities;
using YarpWs.Gateway.Access;
using YarpWs.Gateway.Access.Rates;
using YarpWs.Gateway.Content;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes.Checks;

/// <summary>Whether what a route says beside the proxy's own keys can be done. Values may be secrets and are not repeated.</summary>
internal static class RouteSettingsCheck
{
    private static readonly string[] Framing = ["Connection", "Content-Length", "Transfer-Encoding", "Upgrade", "Keep-Alive", "Proxy-Connection", "TE", "Trailer"];

    /// <summary>Protocols in which further requests come: HTTP in another form, or in TLS (RFC 2817).</summary>
    private static readonly string[] CarriesRequests = ["HTTP", "h2", "h2c", "TLS"];

    private static readonly int[] Redirects = [301, 302, 303, 307, 308];

    /// <param name="settings">What the route says.</param>
    /// <param name="route">Where it says so.</param>
    /// <param name="routes">The ids of all routes.</param>
    /// <param name="findings">Where to complain.</param>
    public static void Check(RouteSettings settings, Setting route, IReadOnlySet<string> routes, Findings findings)
    {
        var complain = (string key, string message) => Complain(route, key, message, findings);
        foreach (var (index, header) in (settings.Headers ?? []).Index())
        {
            CheckHeader($"Headers:{index}", header.Name, header.Value, complain);
        }

        foreach (var (index, name) in (settings.RemoveHeaders ?? []).Index())
        {
            CheckHeader($"RemoveHeaders:{index}", name, "", complain, isName: true);
        }

        foreach (var (index, header) in (settings.RequestHeaders ?? []).Index())
        {
            CheckHeader($"RequestHeaders:{index}", header.Name, header.Value, complain);
        }

        foreach (var (index, redirect) in (settings.Redirects ?? []).Index())
        {
            CheckRedirect($"Redirects:{index}", redirect, complain);
        }

        if (settings.Expires is { } expires && expires > TimeSpan.FromDays(3650))
        {
            complain("Expires", "is out of bounds; write a time up to \"3650.00:00:00\".");
        }

        CheckUpgrades(settings, complain);
        CheckAnswer(settings, complain);
        CheckFiles(settings, routes, complain);
        foreach (var (index, rule) in (settings.Networks ?? []).Index())
        {
            CheckNetwork($"Networks:{index}", rule, complain);
        }

        foreach (var (index, rate) in (settings.RequestRates ?? []).Index())
        {
            CheckRate($"RequestRates:{index}", rate, complain);
        }

        foreach (var (index, limit) in (settings.RequestLimits ?? []).Index())
        {
            CheckBounds($"RequestLimits:{index}", limit, complain);
            CheckCountedKey($"RequestLimits:{index}:Key", limit.Key, complain);
        }

        if (settings.BasicAuth is { } basic)
        {
            if (basic.File is not { Length: > 0 })
            {
                complain("BasicAuth:File", "users and passwords stand in a file; write the name of one that htpasswd has made.");
            }

            if (basic.Realm.Any(character => character is '"' or '\\' or < ' ' or > '~'))
            {
                complain("BasicAuth:Realm", "holds a quote, a backslash or what is not ASCII, which browsers read in several ways; leave it out.");
            }
        }

        CheckAuthRequest(settings, complain);
        CheckSatisfy(settings, complain);
        CheckCache(settings, complain);
        CheckBounds("Compression", settings.Compression, complain);
        foreach (var (index, type) in (settings.Compression?.Types ?? []).Index())
        {
            if (type.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase))
            {
                complain($"Compression:Types:{index}", "an event stream is not compressed, or its events would wait for each other; remove it.");
            }
            else if (!type.Contains('/', StringComparison.Ordinal))
            {
                complain($"Compression:Types:{index}", $"'{type}' is no type; write one such as \"text/css\", or \"*/*\" for all.");
            }
        }

        foreach (var (index, page) in (settings.ErrorPages ?? []).Index())
        {
            CheckErrorPage($"ErrorPages:{index}", page, routes, complain);
        }
    }

    private static void CheckUpgrades(RouteSettings settings, Action<string, string> complain)
    {
        if (settings is { Upgrades.Count: > 0, IsAnswered: true })
        {
            complain("Upgrades", "a tunnel leads to a destination, and this route answers by itself; remove it.");
        }

        foreach (var (index, protocol) in (settings.Upgrades ?? []).Index())
        {
            var (name, key) = (protocol.Split('/')[0], $"Upgrades:{index}");
            if (protocol.Length == 0 || protocol.Count(character => character == '/') > 1 || protocol.Split('/').Any(part => part.Length == 0 || !part.All(IsTokenChar)))
            {
                complain(key, $"'{protocol}' is no protocol; write a name as clients do in Upgrade, such as \"tcp\" or \"spdy/3.1\".");
            }
            else if (protocol.Equals(Handshake.WebSocket, StringComparison.OrdinalIgnoreCase))
            {
                complain(key, "websocket is upgraded on every route; remove it.");
            }
            else if (CarriesRequests.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                complain(key, $"requests would come through a tunnel to {protocol} past routes, logins and limits; remove it.");
            }
        }
    }

    private static bool IsTokenChar(char character) => char.IsAsciiLetterOrDigit(character) || "!#$%&'*+-.^_`|~".Contains(character, StringComparison.Ordinal);

    private static void CheckHeader(string key, string? name, string? value, Action<string, string> complain, bool isName = false)
    {
        var nameKey = isName ? key : $"{key}:Name";
        if (name is not { Length: > 0 })
        {
            complain(nameKey, "a header has a name; write one, such as \"X-Frame-Options\".");
        }
        else if (!name.All(IsTokenChar))
        {
            complain(nameKey, $"'{name}' is no name of a header; write letters, digits and '-'.");
        }
        else if (Framing.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            complain(nameKey, $"{name} belongs to the connection, and the gateway says it itself; remove this.");
        }

        if (value is null)
        {
            complain($"{key}:Value", "a header has a value; write one, or \"\" for none.");
        }
        else
        {
            CheckText($"{key}:Value", value, complain, isLine: true);
        }
    }

    private static void CheckRedirect(string key, AnswerRedirect redirect, Action<string, string> complain)
    {
        if (redirect.From is not { Length: > 0 } from)
        {
            complain($"{key}:From", "nothing says which addresses change; write what they begin with, such as \"http://127.0.0.1:5000/\".");
        }
        else if (!CheckMarked($"{key}:From", from, complain))
        {
            CheckText($"{key}:From", from, complain, isLine: true);
        }

        if (redirect.To is null)
        {
            complain($"{key}:To", "nothing says what stands in place of it; write it, such as \"/\".");
        }
        else
        {
            CheckText($"{key}:To", redirect.To, complain, isLine: true);
        }
    }

    /// <summary>Returns whether a text is marked as an expression; complains about one that cannot be read.</summary>
    private static bool CheckMarked(string key, string text, Action<string, string> complain)
    {
        try
        {
            return Expression.FromMarked(text) is not null;
        }
        catch (ArgumentException exception)
        {
            complain(key, $"is no expression here: {Expression.FaultIn(exception)}");
            return true;
        }
    }

    private static void CheckAnswer(RouteSettings settings, Action<string, string> complain)
    {
        if (settings.Answer is not { } answer)
        {
            return;
        }

        if (settings.Files is not null)
        {
            complain("Answer", "stands beside Files; keep one of the two.");
        }

        CheckBounds("Answer", answer, complain);
        if (answer is { Close: true, Status: not null } or { Close: true, Body: not null } or { Close: true, Location: not null })
        {
            complain("Answer:Close", "closes the connection without an answer; remove it, or what stands beside it.");
        }

        if (answer.Location is not null && answer.Status is { } status && status != 201 && !Redirects.Contains(status))
        {
            complain("Answer:Status", $"{status} leads nowhere; write one of 301, 302, 303, 307, 308 or 201 beside a Location.");
        }
        else if (answer.Location is null && answer.Status is { } redirect && Redirects.Contains(redirect))
        {
            complain("Answer:Location", $"{redirect} says that the client is to go elsewhere; write where: \"https://$host$request_uri\".");
        }

        if (answer.Body is { Length: > 0 } && answer.Status is 204 or 205 or 304)
        {
            complain("Answer:Body", $"an answer with {answer.Status} has none (RFC 9110); remove it, or write another Status.");
        }

        if (answer.Path is { } path)
        {
            if (answer is { Close: true } or { Status: not null } or { Body: not null } or { Location: not null })
            {
                complain("Answer:Path", "goes on with another path, where the answer comes from; remove it, or what stands beside it.");
            }

            if (!path.StartsWith('/') && !path.StartsWith('$'))
            {
                complain("Answer:Path", $"'{path}' is no path; write one that begins with '/'.");
            }

            CheckText("Answer:Path", path, complain, isLine: true);
        }

        CheckText("Answer:Body", answer.Body ?? "", complain, isLine: false);
        CheckText("Answer:Location", answer.Location ?? "", complain, isLine: true);
        CheckText("Answer:ContentType", answer.ContentType, complain, isLine: true);
    }

    private static void CheckFiles(RouteSettings settings, IReadOnlySet<string> routes, Action<string, string> complain)
    {
        if (settings.Files is not { } files)
        {
            return;
        }

        if (files is { Root: null, Alias: null })
        {
            complain("Files:Root", "files are looked up in a directory; write the name of one.");
        }
        else if (files is { Root: not null, Alias: not null })
        {
            complain("Files:Alias", "stands beside Root; keep one of the two.");
        }

        foreach (var (index, name) in (files.Index ?? []).Index())
        {
            if (name.Length == 0 || name.Contains('/', StringComparison.Ordinal) || name is "." or "..")
            {
                complain($"Files:Index:{index}", "is no name of a file in a directory; write one such as \"index.html\".");
            }
        }

        CheckBounds("Files:Listing", files.Listing, complain);
        foreach (var (index, candidate) in (files.TryFiles ?? []).Index())
        {
            if (candidate.StartsWith('=') || candidate.StartsWith('@'))
            {
                complain($"Files:TryFiles:{index}", $"'{candidate}' is what happens where nothing is found; write it as Fallback.");
            }
            else if (candidate.Replace("$uri", "", StringComparison.Ordinal).Contains('$', StringComparison.Ordinal))
            {
                complain($"Files:TryFiles:{index}", "holds a variable other than $uri; a client could ask for any file by it.");
            }
            else if (!candidate.StartsWith('/') && !candidate.StartsWith("$uri", StringComparison.Ordinal))
            {
                complain($"Files:TryFiles:{index}", $"'{candidate}' is no path; write \"$uri\", or one that begins with '/'.");
            }
        }

        switch (files.Fallback)
        {
            case ['=', .. var code]:
                if (!int.TryParse(code, out var status) || status is < 300 or > 599)
                {
                    complain("Files:Fallback", $"'{code}' is no status of an error; write one such as \"=404\".");
                }

                break;
            default:
                CheckPlace("Files:Fallback", files.Fallback, routes, complain);
                break;
        }

        foreach (var (end, type) in files.Types ?? new Dictionary<string, string>())
        {
            if (!end.StartsWith('.') || end.Length == 1)
            {
                complain($"Files:Types:{end}", $"'{end}' is no end of a name; write \".{end.TrimStart('.')}\".");
            }

            CheckText($"Files:Types:{end}", type, complain, isLine: true);
        }

        CheckText("Files:DefaultType", files.DefaultType, complain, isLine: true);
        CheckText("Files:Charset", files.Charset ?? "", complain, isLine: true);
    }

    private static void CheckNetwork(string key, NetworkRule rule, Action<string, string> complain)
    {
        var text = rule.Allow ?? rule.Deny;
        if (text is null)
        {
            complain(key, "says nothing; write { \"Allow\": NETWORK } or { \"Deny\": NETWORK }.");
        }
        else if (rule is { Allow: not null, Deny: not null })
        {
            complain(key, "allows and denies; write a rule for each, in the order in which they are asked.");
        }
        else if (NetworkList.FaultOf(text) is { } fault)
        {
            complain($"{key}:{(rule.Allow is null ? "Deny" : "Allow")}", fault);
        }
    }

    private static void CheckRate(string key, RequestRate rate, Action<string, string> complain)
    {
        CheckBounds(key, rate, complain);
        CheckCountedKey($"{key}:Key", rate.Key, complain);
        if (rate.DelayBeyond > rate.Burst)
        {
            complain($"{key}:DelayBeyond", "is more than the Burst, so that nobody would wait; write less, or leave it out.");
        }
    }

    private static void CheckSatisfy(RouteSettings settings, Action<string, string> complain)
    {
        if (settings.Satisfy == Satisfy.Any && (settings.Networks is null || settings.BasicAuth is null == settings.AuthRequest is null))
        {
            complain("Satisfy", "Any is an address or one login; write Networks, and either BasicAuth or AuthRequest, beside it.");
        }
    }

    private static void CheckAuthRequest(RouteSettings settings, Action<string, string> complain)
    {
        if (settings.AuthRequest is not { } question)
        {
            return;
        }

        CheckBounds("AuthRequest", question, complain);
        if (question.Path is not ['/', ..])
        {
            complain("AuthRequest:Path", "nothing says what is asked; write a path that begins with '/', such as \"/auth/check\".");
        }
        else
        {
            CheckText("AuthRequest:Path", question.Path, complain, isLine: true);
        }

        foreach (var (index, header) in (question.Headers ?? []).Index())
        {
            CheckHeader($"AuthRequest:Headers:{index}", header.Name, header.Value, complain);
        }
    }

    private static void CheckCache(RouteSettings settings, Action<string, string> complain)
    {
        if (settings.Cache is not { } cache)
        {
            return;
        }

        if (settings.IsAnswered)
        {
            complain("Cache", "keeps the answers of destinations, and this route has none; remove it.");
        }

        CheckBounds("Cache", cache, complain);
        if (cache.Key.Length == 0)
        {
            complain("Cache:Key", "all requests would get one answer; write \"$scheme://$http_host$request_uri\", or leave it out.");
        }

        CheckText("Cache:Key", cache.Key, complain, isLine: true);
        foreach (var (name, texts) in new[] { ("Bypass", cache.Bypass), ("NoStore", cache.NoStore) })
        {
            foreach (var (index, text) in (texts ?? []).Index())
            {
                CheckText($"Cache:{name}:{index}", text, complain, isLine: true);
            }
        }

        foreach (var (index, age) in (cache.Ages ?? []).Index())
        {
            CheckBounds($"Cache:Ages:{index}", age, complain);
            foreach (var (place, status) in (age.Statuses ?? []).Index())
            {
                if (status is < 200 or 206 or 304 or > 599)
                {
                    complain($"Cache:Ages:{index}:Statuses:{place}", $"{status} is no status of an answer that can be kept; write one such as 200 or 404.");
                }
            }
        }
    }

    private static void CheckCountedKey(string key, string? text, Action<string, string> complain)
    {
        if (text is not { Length: > 0 })
        {
            complain(key, "nothing says what is counted; write \"$remote_addr\", or a word for all requests together.");
        }
        else
        {
            CheckText(key, text, complain, isLine: true);
        }
    }

    private static void CheckErrorPage(string key, ErrorPage page, IReadOnlySet<string> routes, Action<string, string> complain)
    {
        CheckBounds(key, page, complain);
        if (page.Statuses is not { Count: > 0 })
        {
            complain($"{key}:Statuses", "a page stands for statuses; write them: [ 502, 503, 504 ].");
        }

        foreach (var (index, status) in (page.Statuses ?? []).Index())
        {
            if (status is < 300 or > 599)
            {
                complain($"{key}:Statuses:{index}", $"{status} is no error; write a status from 300 to 599.");
            }
        }

        switch (new[] { page.File, page.Path, page.Location }.Count(one => one is { Length: > 0 }))
        {
            case 0:
                complain($"{key}:File", "a page is a File, a Path or a Location; write one of the three.");
                break;
            case > 1:
                complain(key, "holds more than one of File, Path and Location; keep one.");
                break;
        }

        if (page.Path is { Length: > 0 } path)
        {
            CheckPlace($"{key}:Path", path, routes, complain);
        }

        if (page.Location is not null && page.Status is { } code && !Redirects.Contains(code))
        {
            complain($"{key}:Status", $"{code} ({ReasonPhrases.GetReasonPhrase(code)}) leads nowhere; write one of 301, 302, 303, 307, 308 beside a Location.");
        }

        if (page.PageStatus && (page.Path is not { Length: > 0 } || page.Status is not null))
        {
            complain($"{key}:PageStatus", "is the status of what Path leads to; remove it, or write Path without Status.");
        }

        CheckText($"{key}:Location", page.Location ?? "", complain, isLine: true);
    }

    private static void CheckPlace(string key, string text, IReadOnlySet<string> routes, Action<string, string> complain)
    {
        if (text is ['@', .. var id])
        {
            if (!routes.Contains(id))
            {
                complain(key, $"no route '{id}'; {Nearest.Hint(id, routes)}");
            }
        }
        else if (!text.StartsWith('/') && !text.StartsWith("$uri", StringComparison.Ordinal))
        {
            complain(key, $"'{text}' is neither a path nor a route; write \"/index.html\", or \"@ID\" with the id of a route.");
        }
        else
        {
            CheckText(key, text, complain, isLine: true);
        }
    }

    private static void CheckText(string key, string text, Action<string, string> complain, bool isLine)
    {
        if (isLine && text.Any(char.IsControl))
        {
            complain(key, "holds the end of a line or another control character, which no header may hold; leave it out.");
        }
        else if (RequestText.FaultOf(text) is { } fault)
        {
            complain(key, fault);
        }
    }

    private static void CheckBounds(string key, object? options, Action<string, string> complain)
    {
        foreach (var (property, expected) in options is null ? [] : Bounds.Broken(options))
        {
            complain($"{key}:{property}", $"is out of bounds; expected {expected}.");
        }
    }

    private static void Complain(Setting route, string key, string message, Findings findings)
    {
        // What is missing has the place of what it is missing in.
        Setting? place = null;
        for (var path = key; place is null && path.Length > 0; path = path.Contains(':', StringComparison.Ordinal) ? path[..path.LastIndexOf(':')] : "")
        {
            place = route.Find(path.AsSpan());
        }

        findings.Add(new(Severity.Error, (place ?? route).ValueLocation, Setting.PathOf(route.Path, key), message));
    }
}
