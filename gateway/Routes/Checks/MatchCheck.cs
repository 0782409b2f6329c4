using System.Buffers;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes.Checks;

/// <summary>Whether a route can ever be matched, and by what its operator meant.</summary>
internal static class MatchCheck
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "PATCH"];

    /// <summary>First parts of paths under which WebSockets commonly are.</summary>
    private static readonly string[] SocketPaths =
        ["ws", "wss", "websocket", "websockets", "socket", "sockets", "socket.io", "client", "hub", "hubs", "signalr", "live", "cable", "realtime"];

    private static readonly SearchValues<char> OfExpressions = SearchValues.Create("^$()\\|");

    public static void Check(Setting route, Findings findings)
    {
        var match = route["Match"];
        var path = match?["Path"];
        var hosts = match?["Hosts"]?.Children ?? [];
        if (path is not { Value.Length: > 0 } && !hosts.Any(host => host.Value is { Length: > 0 }))
        {
            if (match is null or { Kind: SettingKind.Object or SettingKind.Null } && path is null or { Kind: SettingKind.Null or SettingKind.Text })
            {
                findings.Missing(match ?? route, match is null ? "Match" : "Path", "a route needs a path or a host to match; write \"Match\": { \"Path\": \"/{**rest}\" } for all.");
            }

            return;
        }

        if (path is { Value.Length: > 0 })
        {
            PathCheck.Check(path, route, findings);
        }

        foreach (var host in hosts.Where(host => host.IsValue))
        {
            CheckHost(host, findings);
        }

        foreach (var method in match?["Methods"]?.Children.Where(method => method.IsValue) ?? [])
        {
            CheckMethod(method, findings);
        }

        CheckSocketMethods(route, match, path, findings);
        CheckNames(match?["Headers"], "header", findings);
        CheckNames(match?["QueryParameters"], "parameter", findings);
    }

    private static void CheckHost(Setting setting, Findings findings)
    {
        var host = setting.Value!;
        var complaint = host switch
        {
            "" => "is empty; write a host, such as \"app.example.com\", or remove it.",
            "_" => "'_' is nginx's name for any host; remove Hosts to match them all.",
            _ when host.Contains("://", StringComparison.Ordinal) && Uri.TryCreate(host, UriKind.Absolute, out var uri) => $"'{host}' is an address; write the host alone, \"{uri.Authority}\".",
            _ when host.StartsWith('~') || host.AsSpan().ContainsAny(OfExpressions) => $"'{host}' is an expression, which Hosts has not; write hosts, or one \"*.\" in front of a domain.",
            _ when host.Contains('/', StringComparison.Ordinal) => $"'{host}' holds a path; write the host alone, and the path as Match:Path.",
            _ when host.AsSpan().ContainsAny(" ,;") => $"'{host}' is several hosts in one text; write a list: [ {string.Join(", ", Split(host).Select(one => $"\"{one}\""))} ].",
            _ when host.StartsWith('.') => $"'{host}' begins with a dot; write \"*{host}\" for all below it.",
            _ when host.LastIndexOf('*') > 0 || (host.Contains('*', StringComparison.Ordinal) && host != "*" && !host.StartsWith("*.", StringComparison.Ordinal)
                && !host.StartsWith("*:", StringComparison.Ordinal)) => $"'{host}' is never matched; a \"*.\" stands in front alone, as in \"*.example.com\".",
            _ when Port(host) is { } port && port != "*" && !(ushort.TryParse(port, out var number) && number > 0) => $"'{port}' is no port; write 1 to 65535, or the host alone for any.",
            _ => null,
        };
        if (complaint is not null)
        {
            findings.Error(setting, complaint);
        }
    }

    private static void CheckMethod(Setting setting, Findings findings)
    {
        var method = setting.Value!;
        var complaint = method switch
        {
            "" or "*" => "remove Methods to match them all.",
            _ when method.Equals("any", StringComparison.OrdinalIgnoreCase) || method.Equals("all", StringComparison.OrdinalIgnoreCase) => "remove Methods to match them all.",
            _ when method.AsSpan().ContainsAny(" ,;|") => $"'{method}' is several methods in one text; write a list: [ {string.Join(", ", Split(method).Select(one => $"\"{one}\""))} ].",
            _ when !Methods.Contains(method, StringComparer.OrdinalIgnoreCase) && Nearest.To(method, Methods) is { } near => $"no method '{method}'; did you mean '{near}'?",
            _ => null,
        };
        if (complaint is not null)
        {
            findings.Error(setting, complaint);
        }
    }

    private static void CheckSocketMethods(Setting route, Setting? match, Setting? path, Findings findings)
    {
        var methods = match?["Methods"];
        string[] names = [.. methods?.Children.Select(method => method.Value ?? "") ?? []];
        var first = path?.Value?.TrimStart('/').Split('/')[0] ?? "";
        var isForSockets = SocketPaths.Contains(first, StringComparer.OrdinalIgnoreCase)
            || route["Metadata"]?.Children.Any(data => data.Name.StartsWith("Sockets.", StringComparison.OrdinalIgnoreCase)) == true;
        if (isForSockets && names.Contains("GET", StringComparer.OrdinalIgnoreCase) && !names.Contains("CONNECT", StringComparer.OrdinalIgnoreCase))
        {
            findings.Warning(methods!, "a WebSocket over HTTP/2 arrives as CONNECT and would not be matched; add \"CONNECT\", or remove Methods.");
        }
    }

    private static void CheckNames(Setting? list, string kind, Findings findings)
    {
        foreach (var one in list?.Children.Where(one => one.Kind == SettingKind.Object && one["Name"] is not { Value.Length: > 0 }) ?? [])
        {
            findings.Missing(one, "Name", $"a {kind} to match needs one; write \"Name\": ….");
        }
    }

    private static string? Port(string host) => host.LastIndexOf(':') is > 0 and var colon && !host.EndsWith(']') ? host[(colon + 1)..] : null;

    private static string[] Split(string text) => text.Split([' ', ',', ';', '|'], StringSplitOptions.RemoveEmptyEntries);
}
