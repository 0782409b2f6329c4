using System.Text.RegularExpressions;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>What proxy_pass names.</summary>
/// <param name="Scheme">http or https.</param>
/// <param name="Authority">An upstream's name, or an address with or without a port.</param>
/// <param name="Uri">What stands behind it; empty for nothing.</param>
internal sealed partial record ProxyAddress(string Scheme, string Authority, string Uri)
{
    /// <summary>What a destination is told as its Host where nothing is said: nginx's $proxy_host.</summary>
    public string Host => Authority.StartsWith("unix:", StringComparison.Ordinal) ? "localhost" : Without(Authority, Scheme == "https" ? ":443" : ":80");

    /// <summary>nginx's $proxy_port.</summary>
    public string Port => Authority.LastIndexOf(':') is var colon and >= 0 && Authority[(colon + 1)..] is [>= '0' and <= '9', ..] port ? port : Scheme == "https" ? "443" : "80";

    /// <summary>Whether the request goes on with its own path and query.</summary>
    public bool IsOfRequest => Uri.Length == 0 || Uri is "$request_uri" or "$uri$is_args$args" or "$document_uri$is_args$args";

    /// <param name="url">With the variables put in that are known.</param>
    /// <returns>Null for what cannot be forwarded to.</returns>
    public static ProxyAddress? Of(string url) => Pattern().Match(url) is { Success: true } parts
        ? new ProxyAddress(parts.Groups["scheme"].Value, parts.Groups["authority"].Value, parts.Groups["uri"].Value)
        : null;

    private static string Without(string text, string end) => text.EndsWith(end, StringComparison.Ordinal) ? text[..^end.Length] : text;

    [GeneratedRegex(@"^(?<scheme>https?)://(?<authority>unix:[^:]+:?|\[[0-9a-fA-F:]+\](?::\d+)?|[A-Za-z0-9._-]+(?::\d+)?)(?<uri>(?:[/?]|\$request_uri|\$uri|\$document_uri).*)?$")]
    private static partial Regex Pattern();
}
