using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes.Checks;

/// <summary>Whether a destination's address is one that can be forwarded to.</summary>
internal static class AddressCheck
{
    public static void Check(Setting setting, Findings findings)
    {
        var text = setting.Value!;
        if (Complaint(text) is { } complaint)
        {
            findings.Error(setting, complaint);
        }
        else if (!UnixHost.Is(text) && new Uri(text).AbsolutePath is var path and not "/" && setting.Name.Equals("Address", StringComparison.OrdinalIgnoreCase))
        {
            findings.Warning(
                setting, $"{path} goes in front of the whole path; nginx would put it in place of the part that matched. For that add the transform {{ \"PathRemovePrefix\": … }} to the route.");
        }
    }

    private static string? Complaint(string text)
    {
        // Before anything else, so that no password is repeated in what is said.
        if (text.Contains('@', StringComparison.Ordinal))
        {
            return "holds a user or password, which is not sent; write http://HOST:PORT, and the header by a transform.";
        }

        return text switch
        {
            _ when text.StartsWith("ws://", StringComparison.OrdinalIgnoreCase) => $"WebSockets are opened over http; write \"http{text[2..]}\".",
            _ when text.StartsWith("wss://", StringComparison.OrdinalIgnoreCase) => $"WebSockets are opened over https; write \"https{text[3..]}\".",
            _ when text.StartsWith("unix:", StringComparison.OrdinalIgnoreCase) => $"'{text}' has no scheme; write \"http://{text}\".",
            _ when text.StartsWith("https://unix:", StringComparison.OrdinalIgnoreCase) => "a Unix socket is local, and its server has no name that a certificate could be for; write \"http://unix:/PATH\".",
            _ when UnixHost.Is(text) => UnixHost.FaultOf(text),
            _ when text.AsSpan().ContainsAny(" ,;") => "is several addresses in one text, or has spaces; write a destination for each.",
            _ when text.Contains('$', StringComparison.Ordinal) => $"'{text}' holds a variable, which addresses have not; write http://HOST:PORT.",
            _ when text.Contains('*', StringComparison.Ordinal) => $"'{text}' is an address to listen on; write http://HOST:PORT.",
            _ when !text.Contains("://", StringComparison.Ordinal) && Uri.TryCreate("http://" + text, UriKind.Absolute, out _) => $"'{text}' has no scheme; write \"http://{text}\".",
            _ when !Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") => $"'{text}' is no address; expected http://HOST:PORT or https://HOST:PORT.",
            _ when text.AsSpan().ContainsAny("?#") => $"'{text}' holds a query, which would be in front of the path; write http://HOST:PORT.",
            _ => null,
        };
    }
}
