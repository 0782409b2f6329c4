using System.Net.Sockets;
using System.Text;

namespace YarpWs.Platform.Settings;

/// <summary>
/// How a server behind a Unix socket is addressed: <c>http://unix:/run/app.sock</c>, or <c>http://unix:/run/app.sock:/base</c> with a path in front of each request's.
/// What sends requests wants a host in an address; so the path of the socket stands there in hexadecimal, below a name that no resolver knows (RFC 6761, section 6.4).
/// </summary>
internal static class UnixHost
{
    private const string Scheme = "http://";
    private const string Prefix = $"{Scheme}unix:";
    private const string Suffix = ".unix.invalid";

    /// <summary>The longest path that a socket may have: sun_path with the zero at its end (unix(7)).</summary>
    private const int MaxPathBytes = 107;

    /// <summary>Of a name's label (RFC 1035, section 2.3.4), and even.</summary>
    private const int LabelLength = 60;

    public static bool Is(string address) => address.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>What is wrong with an address that <see cref="Is"/> one of these; null when nothing is.</summary>
    public static string? FaultOf(string address) => FaultOfPath(Split(address).Path);

    /// <summary>What is wrong with the path of a socket; null when nothing is.</summary>
    public static string? FaultOfPath(string path) =>
        !path.StartsWith('/') || path.Length == 1 || path.Contains('\0', StringComparison.Ordinal) ? "a Unix socket has an absolute path; write \"http://unix:/run/app.sock\"."
        : Encoding.UTF8.GetByteCount(path) > MaxPathBytes ? $"the path of a Unix socket has {MaxPathBytes} bytes at most; write a shorter one."
        : null;

    /// <summary>The same address with a host; any other as it is.</summary>
    public static string Encode(string address)
    {
        if (!Is(address))
        {
            return address;
        }

        var (path, inFront) = Split(address);
        var host = string.Join('.', Convert.ToHexStringLower(Encoding.UTF8.GetBytes(path)).Chunk(LabelLength).Select(label => new string(label)));
        return $"{Scheme}{host}{Suffix}{(inFront.Length == 0 ? "/" : inFront)}";
    }

    /// <summary>The path of the socket that a host stands for; null for any other host.</summary>
    public static string? PathOf(string host) => host.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase)
        ? Encoding.UTF8.GetString(Convert.FromHexString(host[..^Suffix.Length].Replace(".", "", StringComparison.Ordinal)))
        : null;

    /// <summary>An address as the operator wrote it.</summary>
    public static string Shown(string address) =>
        address.Contains(Suffix, StringComparison.OrdinalIgnoreCase) && Uri.TryCreate(address, UriKind.Absolute, out var uri) && PathOf(uri.Host) is { } path
            ? $"{Prefix}{path}{(uri.PathAndQuery == "/" ? "" : ":" + uri.PathAndQuery)}"
            : address;

    public static UnixDomainSocketEndPoint? EndPointOf(string host) => PathOf(host) is { } path ? new UnixDomainSocketEndPoint(path) : null;

    private static (string Path, string Base) Split(string address)
    {
        var path = address[Prefix.Length..];
        var colon = path.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (path, "") : (path[..colon], path[(colon + 1)..]);
    }
}
