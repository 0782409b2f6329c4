using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>real_ip_header and set_real_ip_from: by what clients behind a proxy are known, and which proxies are believed.</summary>
/// <param name="all">All directives of a name.</param>
/// <param name="report">Where it is told.</param>
internal sealed class TrustedProxies(Func<string, IEnumerable<Directive>> all, ImportReport report)
{
    /// <summary>What stands for balancers that nothing names.</summary>
    public static readonly IReadOnlyList<string> Private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "::1", "fc00::/7"];

    /// <summary>Headers of proxies that say the same in X-Forwarded-For.</summary>
    private static readonly string[] BesideChain = ["CF-Connecting-IP", "True-Client-IP", "Fly-Client-IP"];

    public static bool IsChain(Directive header) => IsChain(header.Argument);

    private static bool IsChain(string header) => header.Equals("X-Forwarded-For", StringComparison.OrdinalIgnoreCase) || BesideChain.Contains(header, StringComparer.OrdinalIgnoreCase);

    /// <summary>The header, the same wherever one is named, in which proxies name the client alone; null where there is none, or several ways.</summary>
    public static string? ClientHeader(IEnumerable<Directive> headers) =>
        headers.Where(header => !IsProxyProtocol(header)).Select(header => header.Argument).Distinct(StringComparer.OrdinalIgnoreCase).ToList() is [var only] && !IsChain(only) && only.All(character => char.IsAsciiLetterOrDigit(character) || character == '-') ? only : null;

    public static bool IsProxyProtocol(Directive header) => header.Argument == "proxy_protocol";

    /// <summary>The balancers whose headers of the PROXY protocol a block believes.</summary>
    public static IReadOnlyList<string> OfEndpoint(Scope scope) =>
        scope.Find("real_ip_header") is { } header && IsProxyProtocol(header) ? [.. scope.FindAll("set_real_ip_from").Select(proxy => proxy.Argument)] : [];

    /// <param name="headers">What destinations are told.</param>
    public CommentedJson Translate(string headers)
    {
        var said = all("real_ip_header").ToList();
        var isChain = said.Count > 0 && said.TrueForAll(header => IsChain(header) || IsProxyProtocol(header)) && said.Exists(IsChain);
        var own = ClientHeader(said);
        var isProxied = said.Count > 0 && said.TrueForAll(IsProxyProtocol);
        foreach (var header in said)
        {
            var (outcome, why) = IsProxyProtocol(header) ? (ImportOutcome.Kept, "ProxyProtocol of the endpoint.")
                : isChain && BesideChain.Contains(header.Argument, StringComparer.OrdinalIgnoreCase) ? (ImportOutcome.Changed, "Forwarding:TrustedProxies: such proxies say the same in X-Forwarded-For.")
                : isChain ? (ImportOutcome.Kept, "Forwarding:TrustedProxies.")
                : own is not null ? (ImportOutcome.Kept, "Forwarding:ClientHeader.")
                : (ImportOutcome.Unsupported, "Clients behind proxies are known in one way: have all proxies send X-Forwarded-For, and name them in Forwarding:TrustedProxies.");
            report.Say(header, outcome, why);
        }

        var proxies = all("set_real_ip_from").ToList();
        foreach (var proxy in proxies)
        {
            report.Say(proxy, isChain || isProxied || own is not null ? ImportOutcome.Kept : ImportOutcome.Changed,
                isProxied ? "ProxyProtocol:Networks of the endpoint." : isChain || own is not null ? "Forwarding:TrustedProxies." : "Nothing that these proxies say is believed, see real_ip_header.");
        }

        foreach (var recursive in all("real_ip_recursive"))
        {
            report.Say(recursive, ImportOutcome.Kept, "The chain is read from the right, up to the first address that is no trusted proxy's.");
        }

        var forwarding = new CommentedJson().Set("Headers", headers);
        if (own is not null && proxies.Count > 0)
        {
            forwarding.Set("ClientHeader", own);
        }

        return (isChain || own is not null) && proxies.Count > 0 ? forwarding.Set("TrustedProxies", (List<object>)[.. proxies.Select(proxy => proxy.Argument).Distinct()]) : forwarding;
    }
}
