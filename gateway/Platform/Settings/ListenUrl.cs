using System.Net;

namespace YarpWs.Platform.Settings;

/// <summary>
/// An address to listen on, as it stands in the settings: <c>http://127.0.0.1:8080</c>, <c>https://*:443</c>, <c>http://localhost:0</c>, a Unix socket
/// <c>http://unix:/run/yarpws.sock</c>, or one that systemd listens on, <c>http://systemd:web</c>.
/// </summary>
internal sealed record ListenUrl(string Key, string Text, bool IsHttps, IPAddress Address, int Port)
{
    private const string Systemd = "systemd:";
    private const string Unix = "unix:";

    public bool IsLoopback => IPAddress.IsLoopback(Address);

    /// <summary>The path of a Unix socket; null for any other address.</summary>
    public string? UnixPath { get; private init; }

    /// <summary>The name of a socket that systemd listens on; null for any other address.</summary>
    public string? ActivatedName { get; private init; }

    /// <summary>Whether it has an address and a port of its own.</summary>
    public bool IsTcp => UnixPath is null && ActivatedName is null;

    public static ListenUrl Parse(string key, string? text)
    {
        if (text?.Split("://", 2) is ["http" or "https", var rest] parts)
        {
            var isHttps = parts[0] == "https";
            if (rest.StartsWith(Unix, StringComparison.Ordinal))
            {
                return UnixHost.FaultOfPath(rest[Unix.Length..]) is { } fault
                    ? throw new InvalidSettingException(key, fault)
                    : new ListenUrl(key, text, isHttps, IPAddress.None, 0) { UnixPath = rest[Unix.Length..] };
            }

            if (rest.StartsWith(Systemd, StringComparison.Ordinal))
            {
                return rest.Length == Systemd.Length || rest.AsSpan(Systemd.Length).ContainsAny(":/")
                    ? throw new InvalidSettingException(key, $"'{text}' names no socket of systemd's; expected http://systemd:NAME with the FileDescriptorName of a .socket unit.")
                    : new ListenUrl(key, text, isHttps, IPAddress.None, 0) { ActivatedName = rest[Systemd.Length..] };
            }
        }

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
