using System.Text.RegularExpressions;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes.Checks;

/// <summary>Whether transforms are known, and do what they seem to. Their values may be secrets and are never repeated.</summary>
internal static partial class TransformCheck
{
    /// <summary>Each transform with the keys that may stand beside the one that names it.</summary>
    private static readonly Dictionary<string, string[]> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["PathPrefix"] = [],
        ["PathRemovePrefix"] = [],
        ["PathSet"] = [],
        ["PathPattern"] = [],
        ["PathRewrite"] = ["To"],
        ["LocationPrefix"] = [],
        ["Target"] = [],
        ["QueryValueParameter"] = ["Set", "Append"],
        ["QueryRouteParameter"] = ["Set", "Append"],
        ["QueryRemoveParameter"] = [],
        ["HttpMethodChange"] = ["Set"],
        ["RequestHeadersCopy"] = [],
        ["RequestHeaderOriginalHost"] = [],
        ["RequestHeader"] = ["Set", "Append"],
        ["RequestHeaderRouteValue"] = ["Set", "Append"],
        ["RequestHeaderRemove"] = [],
        ["RequestHeadersAllowed"] = [],
        ["X-Forwarded"] = ["For", "Host", "Proto", "Prefix", "HeaderPrefix"],
        ["Forwarded"] = ["ForFormat", "ByFormat", "Action"],
        ["ClientCert"] = [],
        ["ResponseHeadersCopy"] = [],
        ["ResponseHeader"] = ["Set", "Append", "When"],
        ["ResponseHeaderRemove"] = ["When"],
        ["ResponseHeadersAllowed"] = [],
        ["ResponseTrailersCopy"] = [],
        ["ResponseTrailer"] = ["Set", "Append", "When"],
        ["ResponseTrailerRemove"] = ["When"],
        ["ResponseTrailersAllowed"] = [],
    };

    private static readonly string[] HopByHop = ["Upgrade", "Connection"];

    private static readonly string[] Forwarded = ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded"];

    public static void Check(Setting route, Findings findings)
    {
        foreach (var transform in route["Transforms"]?.Children.Where(transform => transform.Kind == SettingKind.Object) ?? [])
        {
            string[] main = [.. transform.Children.Select(part => part.Name).Where(Known.ContainsKey)];
            if (main is [var name])
            {
                CheckParts(transform, name, findings);
                CheckMeaning(transform, route, findings);
            }
            else if (main.Length > 1)
            {
                findings.Error(transform, $"holds {string.Join(" and ", main)}; write an object for each, {{ \"{main[0]}\": … }}, {{ \"{main[1]}\": … }}.");
            }
            else if (transform.Children is [{ } first, ..])
            {
                findings.NameError(first, Unknown(first.Name));
            }
            else
            {
                findings.Error(transform, "is empty; remove it.");
            }
        }
    }

    private static string Unknown(string name) => name.ToUpperInvariant() switch
    {
        "REQUESTHEADERADD" or "ADDHEADER" or "SETHEADER" or "PROXY_SET_HEADER" => $"no transform '{name}'; write {{ \"RequestHeader\": NAME, \"Set\": VALUE }}.",
        "RESPONSEHEADERADD" or "ADD_HEADER" => $"no transform '{name}'; write {{ \"ResponseHeader\": NAME, \"Set\": VALUE }}.",
        "QUERYSTRINGPARAMETER" => $"no transform '{name}'; write {{ \"QueryValueParameter\": NAME, \"Set\": VALUE }}.",
        "REWRITE" or "PATHREWRITE" or "PATHREGEX" => $"no transform '{name}'; write {{ \"PathRemovePrefix\": … }} or {{ \"PathPattern\": … }}.",
        "SET" or "APPEND" or "WHEN" => $"'{name}' says what to do, not to what; add the transform, such as \"RequestHeader\": NAME.",
        _ => $"no transform '{name}'; {Nearest.Hint(name, Known.Keys)}",
    };

    private static void CheckParts(Setting transform, string name, Findings findings)
    {
        var allowed = Known[name];
        foreach (var part in transform.Children.Where(part => !part.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
        {
            if (!allowed.Contains(part.Name, StringComparer.OrdinalIgnoreCase))
            {
                findings.NameError(part, allowed.Length == 0
                    ? $"{name} has no '{part.Name}'; remove it."
                    : $"{name} has no '{part.Name}'; {Nearest.Hint(part.Name, allowed)}");
            }
        }

        if (allowed.Contains("Set") && transform["Set"] is null && transform["Append"] is null)
        {
            findings.Error(transform, allowed.Contains("Append")
                ? $"{name} has no value; add \"Set\": … to replace what is there, or \"Append\": … to add to it."
                : $"{name} has no value; add \"Set\": ….");
        }
    }

    private static void CheckMeaning(Setting transform, Setting route, Findings findings)
    {
        foreach (var part in transform.Children.Where(part => !part.Name.Equals("Target", StringComparison.OrdinalIgnoreCase) && part.Value is { } value && Variable().IsMatch(value)))
        {
            findings.Error(part, "holds a variable of nginx, which would be sent as it stands; what the backend is told of the client is set in Forwarding:Headers.");
        }

        if (transform["RequestHeader"] is { Value: { } header } setting)
        {
            if (HopByHop.Contains(header, StringComparer.OrdinalIgnoreCase))
            {
                findings.Error(setting, $"the gateway sends {header} itself where a WebSocket is opened, and on no other request; remove this transform.");
            }
            else if (Forwarded.Contains(header, StringComparer.OrdinalIgnoreCase))
            {
                findings.Warning(setting, $"goes over the {header} that the gateway sends itself, see Forwarding:Headers; remove this transform.");
            }
        }

        if ((transform["X-Forwarded"] ?? transform["Forwarded"]) is { Value: not "Off" } forwarded)
        {
            findings.Warning(forwarded, "goes over the chain that the gateway sends itself, see Forwarding:Headers; remove this transform.");
        }

        if (transform["PathRemovePrefix"] is { Value: { Length: > 0 } prefix } removed)
        {
            CheckRemoved(removed, prefix, route.Find("Match", "Path")?.Value, findings);
        }
    }

    private static void CheckRemoved(Setting setting, string prefix, string? path, Findings findings)
    {
        if (prefix.Length > 1 && prefix.EndsWith('/'))
        {
            findings.Error(setting, $"a prefix that ends with / is never removed; write \"{prefix.TrimEnd('/')}\".");
        }
        else if (path is not null && !($"/{path.Trim('/')}/").StartsWith($"/{prefix.Trim('/')}/", StringComparison.OrdinalIgnoreCase) && !path.TrimStart('/').StartsWith('{'))
        {
            findings.Warning(setting, $"no path that this route matches begins with {prefix}, so nothing is removed; write what \"{path}\" begins with.");
        }
    }

    [GeneratedRegex(@"\$(host|http_\w+|remote_addr|remote_port|remote_user|proxy_\w+|scheme|server_\w+|request_\w+|uri|args|arg_\w+|query_string|upstream_\w+|connection_upgrade|cookie_\w+|realip_\w+|ssl_\w+)\b")]
    private static partial Regex Variable();
}
