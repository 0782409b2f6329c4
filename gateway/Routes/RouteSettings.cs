using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Yarp.ReverseProxy.Configuration;
using YarpWs.Gateway.Access;
using YarpWs.Gateway.Access.AuthRequests;
using YarpWs.Gateway.Access.Basic;
using YarpWs.Gateway.Access.Rates;
using YarpWs.Gateway.Content;
using YarpWs.Gateway.Content.Cache;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes;

/// <summary>
/// What a route may say beside the proxy's own keys: what the gateway answers by itself, and what it does to requests and answers. They reach the
/// proxy as JSON among the route's metadata, so that a change of theirs is a change of the route.
/// </summary>
internal sealed record RouteSettings
{
    private const string MetadataKey = "YarpWs.RouteSettings";

    private static readonly KeyShape Shape = KeyShape.Of(typeof(RouteSettings));

    private static readonly JsonSerializerOptions Json = new() { PropertyNameCaseInsensitive = true, Converters = { new JsonStringEnumConverter() } };

    /// <summary>Headers of answers, each beside what the destination says under the name; list it in RemoveHeaders as well to replace that. Default none.</summary>
    public IReadOnlyList<AnswerHeader>? Headers { get; init; }

    /// <summary>Headers that are taken off answers before those of Headers are added. Default none.</summary>
    public IReadOnlyList<string>? RemoveHeaders { get; init; }

    /// <summary>How long answers may be kept: Expires, and Cache-Control with max-age, in place of the destination's own, on the statuses that Headers names. Default none: neither. Up to 3650 days.</summary>
    public TimeSpan? Expires { get; init; }

    /// <summary>Headers of requests as destinations get them. Default none.</summary>
    public IReadOnlyList<RequestHeader>? RequestHeaders { get; init; }

    /// <summary>What clients get in place of addresses that destinations lead to; the first that fits. Default none: Location goes through as it is.</summary>
    public IReadOnlyList<AnswerRedirect>? Redirects { get; init; }

    /// <summary>What clients get in place of paths and domains of destinations' cookies; of either the first that fits. Default none: cookies go through as they are.</summary>
    public IReadOnlyList<AnswerCookie>? Cookies { get; init; }

    /// <summary>
    /// Whether a destination's X-Accel-Redirect is followed: another route, named by its path or by '@' and its id, answers in the destination's place, ranges and conditions included. Default
    /// false: the header goes through.
    /// </summary>
    public bool AccelRedirects { get; init; }

    /// <summary>Whether WebSockets are opened. Where not, a handshake goes on as the plain request that it would be without its Upgrade. Default true.</summary>
    public bool WebSockets { get; init; } = true;

    /// <summary>What the route answers by itself. Default nothing.</summary>
    public AnswerOptions? Answer { get; init; }

    /// <summary>The files that the route answers with. Default none.</summary>
    public FilesOptions? Files { get; init; }

    /// <summary>Who may come, by address; the first rule that fits decides. Default everybody.</summary>
    public IReadOnlyList<NetworkRule>? Networks { get; init; }

    /// <summary>How often requests may come; each has to let one in. Default as often as they come.</summary>
    public IReadOnlyList<RequestRate>? RequestRates { get; init; }

    /// <summary>How many requests may be under way at once; each has to let one in. Default as many as come.</summary>
    public IReadOnlyList<RequestLimit>? RequestLimits { get; init; }

    /// <summary>Users and passwords that are asked for. Default none.</summary>
    public BasicAuthOptions? BasicAuth { get; init; }

    /// <summary>Whether all of Networks, BasicAuth and AuthRequest have to let in, or, with Any, the address or the login that is asked for. Default All.</summary>
    public Satisfy Satisfy { get; init; }

    /// <summary>A question to another server that decides about each request and handshake. Default none.</summary>
    public AuthRequestOptions? AuthRequest { get; init; }

    /// <summary>How answers of destinations are kept and given to other clients; an empty object has the defaults. Default not at all.</summary>
    public CacheOptions? Cache { get; init; }

    /// <summary>How answers are compressed; an empty object has the defaults. Default not at all.</summary>
    public CompressionOptions? Compression { get; init; }

    /// <summary>What clients get in place of errors; the first that fits decides. Default the gateway's own sentences.</summary>
    public IReadOnlyList<ErrorPage>? ErrorPages { get; init; }

    /// <summary>Where the lines of its requests and sockets stand: names of AccessLogs:Logs, "console" for the gateway's own lines, or "off" alone. Default AccessLogs:Default.</summary>
    public IReadOnlyList<string>? AccessLogs { get; init; }

    /// <summary>
    /// Protocols beside websocket that clients may switch to, by the names that they write in Upgrade: <c>spdy/3.1</c>, <c>tcp</c>. Each becomes a tunnel: bytes that
    /// nobody looks into, with the logins, limits and ends of sockets. Over HTTP/1.1, and for requests without a body. Default none.
    /// </summary>
    public IReadOnlyList<string>? Upgrades { get; init; }

    /// <summary>Whether only a Fallback, an ErrorPages or AccelRedirects of another route leads here; a client that asks for it gets 404. Default false.</summary>
    public bool Internal { get; init; }

    /// <summary>Whether the gateway answers by itself, so that there is no cluster.</summary>
    public bool IsAnswered => Answer is not null || Files is not null;

    /// <summary>Puts what a route says among its metadata. Kinds and values have been checked.</summary>
    public static RouteConfig Attach(RouteConfig route, Setting said)
    {
        var settings = ToJson(said, Shape);
        if (settings.Count == 0)
        {
            return route;
        }

        var metadata = new Dictionary<string, string>(route.Metadata ?? new Dictionary<string, string>(), StringComparer.OrdinalIgnoreCase) { [MetadataKey] = settings.ToJsonString() };
        return route with { Metadata = metadata };
    }

    /// <summary>What was attached to a route; null when it says none of this.</summary>
    public static RouteSettings? Of(RouteConfig route) =>
        route.Metadata?.GetValueOrDefault(MetadataKey) is { } text ? JsonSerializer.Deserialize<RouteSettings>(text, Json) : null;

    private static JsonObject ToJson(Setting setting, KeyShape shape)
    {
        var json = new JsonObject();
        foreach (var child in setting.Children)
        {
            if (child.Kind != SettingKind.Null && shape.Child(child.Name) is { } known)
            {
                json[child.Name] = NodeOf(child, known);
            }
        }

        return json;
    }

    /// <summary>The environment says everything as text, and lists as objects.</summary>
    private static JsonNode NodeOf(Setting setting, KeyShape shape) => shape.Kind switch
    {
        KeyKind.List => new JsonArray([.. setting.Children.Where(child => child.Kind != SettingKind.Null).Select(child => NodeOf(child, shape.Each!))]),
        KeyKind.Value when shape.Type == typeof(bool) => bool.Parse(setting.Value!),
        KeyKind.Value when shape.Type == typeof(int) => int.Parse(setting.Value!, System.Globalization.CultureInfo.InvariantCulture),
        KeyKind.Value => setting.Value ?? "",
        _ => ToJson(setting, shape),
    };
}
