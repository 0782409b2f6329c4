using System.Net;

namespace YarpWs.Platform.Settings;

/// <summary>An address to listen on, as it stands in the settings: <c>http://127.0.0.1:8080</c>, <c>https://*:443</c>, <c>http://localhost:0</c>.</summary>
internal sealed record ListenUrl(string Key, string Text, bool IsHttps, IPAddress Address, int Port)
{
    public bool IsLoopback => IPAddress.IsLoopback(Address);

    public static ListenUrl Parse(string key, string? text)
    {
        // Uri knows no wildcard host, and Kestrel would take "http://127.0.0.1:abc" for a host name and listen everywhere on port 80.
        var probe = text?.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal);
        if (!Uri.TryCreate(probe, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.PathAndQuery != "/")
        {
            throw new InvalidSettingException(
                key, $"'{text}' is no address to listen on; expected http://ADDRESS:PORT or https://ADDRESS:PORT with a port from 0 to 65535.");
        }

        return new ListenUrl(key, text!, uri.Scheme == "https", AddressOf(uri), uri.Port);
    }

    private static IPAddress AddressOf(Uri uri) => uri.Host switch
    {
        "localhost" => IPAddress.Loopback,
        var host when IPAddress.TryParse(host, out var address) => address,
        _ => IPAddress.Any,
    };
}
