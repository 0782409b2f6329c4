using YarpWs.Gateway.Import.Grammar;
using YarpWs.Gateway.Import.Translation;

namespace YarpWs.EndToEnd.Tests.Import;

/// <summary>
/// What to ask of servers with a configuration: for each location its own path, what is around it, other spellings of it, other methods, other headers, a WebSocket; and what the
/// configuration asks for itself, in comments: <c># ask GET /path Name: value</c>.
/// </summary>
internal static class TwinRequests
{
    private static readonly string[] Handshake = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];

    private static readonly string[][] HeaderSets =
    [
        ["Accept-Encoding: gzip"],
        ["Range: bytes=2-5"],
        ["Origin: https://app.example.com", "Cookie: a=1; release=canary", "Authorization: Bearer abc"],
        ["Authorization: Basic YW5uOnNlY3JldA=="],
        ["User-Agent: a crawler"],
        ["X-Forwarded-For: 198.51.100.7", "X-Forwarded-Proto: https", "X-Real-IP: 198.51.100.8"],
        ["X-Answer: 302", "X-Lead: http://$host/moved/here"],
        ["X-Answer: 301", "X-Lead: /moved/here"],
        ["X-Answer: 404"],
        ["X-Answer: 503"],
    ];

    public static IReadOnlyList<TwinRequest> Of(string conf)
    {
        var requests = new List<TwinRequest>();
        var servers = NginxReader.Read("twin.conf", conf).Where(directive => directive.Name == "server").ToList();
        foreach (var server in servers)
        {
            var isTls = server.Inner.Any(inner => inner.Name == "listen" && inner.Arguments.Contains("ssl")) && !server.Inner.Any(inner => inner.Name == "listen" && inner.Argument == "LISTEN");
            var hosts = server.Inner.Where(inner => inner.Name == "server_name").SelectMany(names => names.Arguments).Select(HostOf).OfType<string>().Take(3).ToList();
            var host = hosts.FirstOrDefault() ?? "nobody.invalid";
            requests.AddRange(hosts.Append("nobody.invalid").Distinct().Select(one => new TwinRequest(one, "/", IsTls: isTls)));
            requests.AddRange(new[] { "/", "/nowhere/at/all.xyz", "/index.html", "/?a=1&b=2", "/a/../../etc" }.Select(target => new TwinRequest(host, target, IsTls: isTls)));
            foreach (var location in Locations(server))
            {
                requests.AddRange(Around(location).Select(target => new TwinRequest(host, target, IsTls: isTls)));
                if (Base(location) is { } target)
                {
                    requests.AddRange(HeaderSets.Select(headers => new TwinRequest(host, $"{target}?k=v", IsTls: isTls, Headers: headers)));
                    requests.AddRange(new[] { "HEAD", "DELETE", "OPTIONS" }.Select(method => new TwinRequest(host, target, method, isTls, Headers: method == "OPTIONS" ? ["Origin: https://app.example.com"] : [])));
                    requests.AddRange(new[] { "POST", "PUT" }.Select(method => new TwinRequest(host, target, method, isTls, "{\"a\":1}")));
                    requests.Add(new TwinRequest(host, target, IsTls: isTls, Headers: Handshake));
                    requests.Add(new TwinRequest(host, $"{target}?token=t", IsTls: isTls, Headers: [.. Handshake, "Sec-WebSocket-Protocol: chat", "Origin: https://app.example.com"]));
                }
            }
        }

        return [.. requests.Concat(Asked(conf, servers)).DistinctBy(request => request.ToString())];
    }

    private static IEnumerable<TwinRequest> Asked(string conf, IReadOnlyList<Directive> servers)
    {
        var first = servers.SelectMany(server => server.Inner.Where(inner => inner.Name == "server_name").SelectMany(names => names.Arguments)).Select(HostOf).OfType<string>().FirstOrDefault() ?? "any.example";
        foreach (var line in conf.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("# ask ", StringComparison.Ordinal)))
        {
            var words = line["# ask ".Length..].Split(' ', 3);
            var headers = words.Length > 2 ? words[2].Split(" & ") : [];
            var host = headers.FirstOrDefault(header => header.StartsWith("Host: ", StringComparison.Ordinal))?["Host: ".Length..] ?? first;
            yield return new TwinRequest(host, words[1], words[0], Headers: [.. headers.Where(header => !header.StartsWith("Host: ", StringComparison.Ordinal))]);
        }
    }

    private static IEnumerable<NginxLocation> Locations(Directive around) =>
        around.Inner.Where(inner => inner.Name == "location").SelectMany(location => Locations(location).Prepend(NginxLocation.Of(location)));

    private static string? Base(NginxLocation location) => location switch
    {
        { IsNamed: true } or { IsExpression: true } => null,
        { Modifier: "=" } => location.Path,
        _ => $"{location.Path.TrimEnd('/')}/here",
    };

    private static IEnumerable<string> Around(NginxLocation location)
    {
        if (location.IsNamed || location.IsExpression)
        {
            return [];
        }

        var path = location.Path.TrimEnd('/');
        return
        [
            location.Path, $"{path}/", path.Length > 0 ? path : "/", path.Length > 0 ? $"{path}x" : "/x", $"{path}/one/two?q=1&r=%20", $"{path}//two", $"{path}/a%2Fb%20c", $"{path}/./x/../y", $"{path.ToUpperInvariant()}/x",
            $"{path}/there.txt", $"{path}/there.css", $"{path}/there.PNG", $"{path}/there.html", $"{path}/dir", $"{path}/dir/", $"{path}/dir/none",
        ];
    }

    /// <summary>A host that a name of a server stands for; null for one that is asked for by no host.</summary>
    private static string? HostOf(string name) => name switch
    {
        "_" or "" or ['~', ..] => null,
        ['*', '.', .. var rest] => $"sub.{rest}",
        ['.', .. var rest] => rest,
        [.. var head, '.', '*'] => $"{head}.example",
        _ => name,
    };
}
