using YarpWs.Gateway.Content;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes.Checks;

/// <summary>Whether what a route says beside the proxy's own keys can be done. Values may be secrets and are not repeated.</summary>
internal static class RouteSettingsCheck
{
    /// <summary>Protocols in which further requests come: HTTP in another form, or in TLS (RFC 2817).</summary>
    private static readonly string[] CarriesRequests = ["HTTP", "h2", "h2c", "TLS"];

    /// <param name="settings">What the route says.</param>
    /// <param name="route">Where it says so.</param>
    /// <param name="routes">The ids of all routes.</param>
    /// <param name="findings">Where to complain.</param>
    public static void Check(RouteSettings settings, Setting route, IReadOnlySet<string> routes, Findings findings)
    {
        var complain = (string key, string message) => Complain(route, key, message, findings);
        foreach (var (index, header) in (settings.Headers ?? []).Index())
        {
            SettingCheck.Header($"Headers:{index}", header.Name, header.Value, complain);
        }

        foreach (var (index, name) in (settings.RemoveHeaders ?? []).Index())
        {
            SettingCheck.Header($"RemoveHeaders:{index}", name, "", complain, isName: true);
        }

        foreach (var (index, header) in (settings.RequestHeaders ?? []).Index())
        {
            SettingCheck.Header($"RequestHeaders:{index}", header.Name, header.Value, complain);
        }

        foreach (var (index, redirect) in (settings.Redirects ?? []).Index())
        {
            CheckFrom($"Redirects:{index}:From", redirect.From, "nothing says which addresses change; write what they begin with, such as \"http://127.0.0.1:5000/\".", complain);
            CheckTo($"Redirects:{index}:To", redirect.To, complain);
        }

        foreach (var (index, cookie) in (settings.Cookies ?? []).Index())
        {
            CheckCookie($"Cookies:{index}", cookie, complain);
        }

        if (settings is { AccelRedirects: true, Cache: not null })
        {
            complain("AccelRedirects", "stands beside Cache, which would keep for all clients what a destination lets one of them have; keep one of the two.");
        }

        if (settings.Expires is { } expires && expires > TimeSpan.FromDays(3650))
        {
            complain("Expires", "is out of bounds; write a time up to \"3650.00:00:00\".");
        }

        CheckUpgrades(settings, complain);
        AnswerCheck.Check(settings, routes, complain);
        AdmissionCheck.Check(settings, complain);
        CacheCheck.Check(settings, complain);
        SettingCheck.WithinBounds("Compression", settings.Compression, complain);
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
            if (protocol.Length == 0 || protocol.Count(character => character == '/') > 1 || protocol.Split('/').Any(part => part.Length == 0 || !part.All(SettingCheck.IsTokenChar)))
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

    private static void CheckCookie(string key, AnswerCookie cookie, Action<string, string> complain)
    {
        if (cookie.Path is null == cookie.Domain is null)
        {
            complain(key, "changes the Path or the Domain of cookies; write one of the two, and a rule of its own for the other.");
            return;
        }

        var (name, from) = cookie.Path is null ? ("Domain", cookie.Domain) : ("Path", cookie.Path);
        CheckFrom($"{key}:{name}", from, "nothing says which cookies change; write what stands there, such as \"/\".", complain);
        CheckTo($"{key}:To", cookie.To, complain);
    }

    private static void CheckFrom(string key, string? from, string missing, Action<string, string> complain)
    {
        if (from is not { Length: > 0 })
        {
            complain(key, missing);
        }
        else if (!CheckMarked(key, from, complain))
        {
            SettingCheck.Text(key, from, complain, isLine: true);
        }
    }

    private static void CheckTo(string key, string? to, Action<string, string> complain)
    {
        if (to is null)
        {
            complain(key, "nothing says what stands in place of it; write it, such as \"/\".");
        }
        else
        {
            SettingCheck.Text(key, to, complain, isLine: true);
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
