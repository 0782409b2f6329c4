using System.Collections.Frozen;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Access.Origins;

/// <summary>
/// Origins by name, and <c>https://*.example.com</c> for all names below example.com, not for example.com itself. An origin is compared as browsers write it (RFC 6454,
/// section 6.2): in small letters, without a path, and without the port that its scheme has anyway.
/// </summary>
internal sealed class OriginList
{
    private const string AllHosts = "*";

    private readonly FrozenSet<string> _exact;
    private readonly (string Scheme, string Suffix)[] _below;

    /// <param name="key">The setting that lists them.</param>
    /// <param name="origins">As typed. One that no browser ever sends throws an <see cref="InvalidSettingException"/> with the form that works.</param>
    public OriginList(string key, IReadOnlyList<string>? origins)
    {
        foreach (var (index, origin) in (origins ?? []).Index())
        {
            if (origin != AllHosts && FormOf(origin) is var right && right != origin)
            {
                throw new InvalidSettingException($"{key}:{index}", $"'{origin}' is no origin that a browser sends; expected {(right is null ? "one such as https://app.example.com, https://*.example.com or *" : right)}.");
            }
        }

        AllowsAny = origins?.Contains(AllHosts) == true;
        _exact = (origins ?? []).Where(origin => !IsWildcard(origin)).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        _below = [.. (origins ?? []).Where(IsWildcard).Select(origin => (origin[..(origin.IndexOf(AllHosts, StringComparison.Ordinal))], origin[(origin.IndexOf(AllHosts, StringComparison.Ordinal) + 1)..]))];
    }

    /// <summary>Whether "*" stands among them.</summary>
    public bool AllowsAny { get; }

    /// <summary>Any thread.</summary>
    public bool Allows(string origin) => AllowsAny || _exact.Contains(origin) || _below.Any(below => IsBelow(origin, below.Scheme, below.Suffix));

    private static bool IsBelow(string origin, string scheme, string suffix) =>
        origin.Length > scheme.Length + suffix.Length
        && origin.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)
        && origin.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
        && !origin.AsSpan(scheme.Length, origin.Length - scheme.Length - suffix.Length).ContainsAny("/:@?#");

    private static bool IsWildcard(string origin) => origin.Contains("://*.", StringComparison.Ordinal);

    /// <summary>How a browser writes what is meant; null where that cannot be told.</summary>
    private static string? FormOf(string origin)
    {
        // What pages without an origin of their own send: those of files and of sandboxed frames.
        if (origin == "null")
        {
            return origin;
        }

        const string Stand = "wildcard-label";
        var typed = IsWildcard(origin) ? origin.Replace("://*.", $"://{Stand}.", StringComparison.Ordinal) : origin;
        if (!typed.Contains("://", StringComparison.Ordinal) && Uri.TryCreate($"https://{typed}", UriKind.Absolute, out var bare) && bare.Host.Contains('.'))
        {
            typed = $"https://{typed}";
        }

        return !typed.Contains('*') && Uri.TryCreate(typed, UriKind.Absolute, out var uri) && uri.Host.Length > 0
            ? $"{uri.Scheme}://{(uri.HostNameType == UriHostNameType.IPv6 ? uri.Host : uri.IdnHost).ToLowerInvariant()}{(uri.IsDefaultPort ? "" : $":{uri.Port}")}".Replace($"://{Stand}.", "://*.", StringComparison.Ordinal)
            : null;
    }
}
