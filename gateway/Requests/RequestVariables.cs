using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http.Features;

namespace YarpWs.Gateway.Requests;

/// <summary>
/// The values of a request that settings may name, by nginx's names. What stands in a path or a query keeps the client's escapes, so that no value
/// holds the end of a line.
/// </summary>
internal static class RequestVariables
{
    /// <summary>Who a request has proved to come from, by a password or a login; empty before it was asked.</summary>
    public const string RemoteUser = "remote_user";

    public static readonly SearchValues<char> NameCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    private static readonly FrozenDictionary<string, Func<HttpContext, string>> ByName = new Dictionary<string, Func<HttpContext, string>>
    {
        ["scheme"] = context => context.Features.Get<Client>()?.Scheme ?? context.Request.Scheme,
        ["host"] = context => context.Request.Host.Host.ToLowerInvariant(),
        ["server_port"] = context => context.Connection.LocalPort.ToString(CultureInfo.InvariantCulture),
        ["uri"] = RouteValueText.PathOf,
        ["request_uri"] = context => InternalRedirect.TargetOf(context),
        ["args"] = context => ArgumentsOf(context).ToString(),
        ["query_string"] = context => ArgumentsOf(context).ToString(),
        ["is_args"] = context => ArgumentsOf(context).IsEmpty ? "" : "?",
        ["request_method"] = context => context.Request.Method,
        // What stands there for a client behind a Unix socket is nginx's too.
        ["remote_addr"] = context => (context.Features.Get<Client>()?.Address ?? context.Connection.RemoteIpAddress)?.ToString() ?? "unix:",
        ["remote_port"] = context => context.Connection.RemotePort.ToString(CultureInfo.InvariantCulture),
        ["proxy_add_x_forwarded_for"] = ChainOf,
        ["server_addr"] = context => AddressOf(context.Connection.LocalIpAddress),
        ["server_protocol"] = context => context.Request.Protocol is "HTTP/2" or "HTTP/3" ? $"{context.Request.Protocol}.0" : context.Request.Protocol,
        ["hostname"] = _ => Environment.MachineName,
        ["realip_remote_addr"] = context => AddressOf(context.Connection.RemoteIpAddress),
        ["https"] = context => (context.Features.Get<Client>()?.Scheme ?? context.Request.Scheme) == "https" ? "on" : "",
        ["content_type"] = context => context.Request.Headers.ContentType.ToString(),
        ["content_length"] = context => context.Request.Headers.ContentLength?.ToString(CultureInfo.InvariantCulture) ?? "",
        ["msec"] = context => (NowOf(context).ToUnixTimeMilliseconds() / 1000m).ToString("F3", CultureInfo.InvariantCulture),
        ["time_iso8601"] = context => NowOf(context).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture),
        [RemoteUser] = context => context.Features.Get<RemoteUser>()?.Name ?? (context.User.FindFirst("sub")?.Value is { } user ? HeaderText.Of(LogText.Escape(user)) : ""),
        ["request_id"] = RequestId.Of,
        ["upstream_cache_status"] = CacheOutcome.Of,
        ["connections_active"] = context => Number(ConnectionsOf(context).Open),
        ["connections_accepted"] = context => Number(ConnectionsOf(context).Accepted),
        ["connections_waiting"] = context => Number(Math.Max(0, ConnectionsOf(context).Open - RequestsOf(context).UnderWay)),
        ["requests_under_way"] = context => Number(RequestsOf(context).UnderWay),
        ["requests_begun"] = context => Number(RequestsOf(context).Begun),
        ["auth_status"] = AuthAnswer.StatusOf,
    }.ToFrozenDictionary();

    /// <summary>Those that stand for many: the name of a header in small letters with '_' for '-', of a cookie, of an argument, of a parameter of the route's path, of a map of the server, of a group of the expression of its location or of its server's name, of a cookie or a header of the answer to AuthRequest.</summary>
    private static readonly (string Prefix, Func<HttpContext, string, string> Value)[] Families =
    [
        ("http_", (context, name) => string.Join(", ", context.Request.Headers[name.Replace('_', '-')].ToArray())),
        ("cookie_", CookieOf),
        ("arg_", (context, name) => ArgumentOf(ArgumentsOf(context), name)),
        ("path_", (context, name) => RouteValueText.Encoded(context, name) ?? ""),
        ("location_", (context, name) => Caught(context.Features.Get<MatchedLocation>()?.Captures, name)),
        ("map_", (context, name) => context.Features.Get<RequestMaps>()?.Of(context, name) ?? ""),
        ("host_", (context, name) => Caught(context.Features.Get<MatchedLocation>()?.HostCaptures, name)),
        ("auth_cookie_", AuthAnswer.CookieOf),
        ("auth_", AuthAnswer.HeaderOf),
    ];

    public static IEnumerable<string> Names => ByName.Keys.Order(StringComparer.Ordinal).Concat(Families.Select(family => family.Prefix + "NAME"));

    /// <summary>Null when there is none of this name.</summary>
    public static Func<HttpContext, string>? Find(string name)
    {
        if (ByName.TryGetValue(name, out var value))
        {
            return value;
        }

        foreach (var (prefix, of) in Families)
        {
            if (name.Length > prefix.Length && name.StartsWith(prefix, StringComparison.Ordinal))
            {
                var rest = name[prefix.Length..];
                return context => of(context, rest);
            }
        }

        return null;
    }

    /// <summary>What a group of the location's expression, or of the server's, has caught, by its number or name; percent-encoded.</summary>
    private static string Caught(Captures? captures, string group)
    {
        if (captures is null)
        {
            return "";
        }

        var text = int.TryParse(group, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? captures[number] : captures[group] ?? "";
        return captures.IsPath ? NormalizedPath.Encode(text) : text;
    }

    /// <summary>The addresses that X-Forwarded-For has of a trusted proxy, and the one that the request came from.</summary>
    private static string ChainOf(HttpContext context)
    {
        var chain = context.Request.Headers["X-Forwarded-For"];
        var peer = AddressOf(context.Connection.RemoteIpAddress);
        return context.Features.Get<Client>() is { IsInChain: true } ? chain.ToString() : chain.Count > 0 ? $"{string.Join(", ", chain.ToArray())}, {peer}" : peer;
    }

    private static string AddressOf(IPAddress? address) => (address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address)?.ToString() ?? "";

    private static ClientConnections ConnectionsOf(HttpContext context) => context.RequestServices.GetRequiredService<ClientConnections>();

    private static RequestCounts RequestsOf(HttpContext context) => context.RequestServices.GetRequiredService<RequestCounts>();

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static DateTimeOffset NowOf(HttpContext context) => context.RequestServices.GetRequiredService<TimeProvider>().GetLocalNow();

    private static ReadOnlySpan<char> ArgumentsOf(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var query = target.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? default : target.AsSpan(query + 1);
    }

    /// <summary>The first of the name, without regard to case as nginx has it, undecoded.</summary>
    private static string ArgumentOf(ReadOnlySpan<char> arguments, string name)
    {
        foreach (var range in arguments.Split('&'))
        {
            var argument = arguments[range];
            if (argument.Length > name.Length && argument[name.Length] == '=' && argument.StartsWith(name, StringComparison.OrdinalIgnoreCase))
            {
                return argument[(name.Length + 1)..].ToString();
            }
        }

        return "";
    }

    /// <summary>As it was sent: the platform's own collection decodes values.</summary>
    private static string CookieOf(HttpContext context, string name)
    {
        foreach (var line in context.Request.Headers.Cookie)
        {
            foreach (var range in line.AsSpan().Split(';'))
            {
                var cookie = line.AsSpan()[range].Trim();
                if (cookie.Length > name.Length && cookie[name.Length] == '=' && cookie.StartsWith(name, StringComparison.Ordinal))
                {
                    return cookie[(name.Length + 1)..].ToString();
                }
            }
        }

        return "";
    }
}
