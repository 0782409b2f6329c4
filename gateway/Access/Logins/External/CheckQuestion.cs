using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Access.Logins.External;

/// <summary>
/// What an external check is asked: whose login these cookies are. It holds the cookies, because the check is asked again while sockets of the login are open; what is remembered of the answer
/// is known by <see cref="Key"/> alone.
/// </summary>
internal sealed class CheckQuestion
{
    private const string Cookie = "Cookie";

    /// <summary>A ticket seals either this, which is JSON, or a token, which cannot begin so.</summary>
    private const char SealMark = '{';

    private readonly IReadOnlyDictionary<string, string> _credentials;
    private readonly IReadOnlyList<KeyValuePair<string, string>> _told;

    private CheckQuestion(IReadOnlyDictionary<string, string> credentials, IReadOnlyList<KeyValuePair<string, string>> told, Client client, string host)
    {
        (_credentials, _told, Client, Host) = (credentials, told, client, host);
    }

    /// <summary>The SHA-256 of all that the answer may depend on: two questions that differ do not have the same.</summary>
    public required string Key { get; init; }

    /// <summary>That of the cookies alone, shortened: the session that they stand for, wherever its requests come from.</summary>
    public required string SessionId { get; init; }

    /// <summary>Who asked first.</summary>
    public Client Client { get; }

    /// <summary>The Host that the client asked for; the check sees the same.</summary>
    public string Host { get; }

    /// <summary>Null for a request that brings nothing by which it could be somebody's.</summary>
    public static CheckQuestion? Of(HttpContext context, string check, ExternalCheckOptions options, LoginCookies cookies)
    {
        var request = context.Request;
        var credentials = new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (cookies.Of(request.Headers) is { Length: > 0 } held)
        {
            credentials.Add(Cookie, held);
        }

        foreach (var name in options.Headers ?? [])
        {
            if (request.Headers[name] is { Count: > 0 } values)
            {
                credentials.TryAdd(name, values.ToString());
            }
        }

        if (credentials.Count == 0)
        {
            return null;
        }

        var client = context.Features.GetRequiredFeature<Client>();
        var host = request.Host.Value ?? "";
        var address = RawPath.Resolve(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget) + request.QueryString.Value;

        // Over HTTP/2 a handshake is a CONNECT, of which no check has heard.
        var method = context.IsHandshake() ? HttpMethods.Get : request.Method;
        string[] session = [check, .. credentials.SelectMany(credential => (string[])[credential.Key.ToLowerInvariant(), credential.Value])];
        string[] all = [.. session, client.Scheme, client.Host, host, client.Address?.ToString() ?? "", .. options.PerAddress ? (string[])[method, address] : []];
        return new CheckQuestion(credentials, Told(request, method, client, address), client, host) { Key = HashOf(all), SessionId = HashOf(session)[..22] };
    }

    /// <param name="destination">Its address, with a path where that has one.</param>
    /// <param name="path">What is asked there.</param>
    public HttpRequestMessage ToRequest(string destination, string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, string.Concat(destination.AsSpan().TrimEnd('/'), path));
        request.Headers.Host = Host;
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        foreach (var (name, value) in _told.Concat(_credentials))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    /// <summary>What a ticket keeps in place of a token.</summary>
    public string ToSeal() => JsonSerializer.Serialize(_credentials);

    /// <summary>Whether a ticket kept this and no token; then the request brings again what the one brought that asked for the ticket.</summary>
    public static bool TryRestore(string seal, IHeaderDictionary headers)
    {
        if (!seal.StartsWith(SealMark))
        {
            return false;
        }

        foreach (var (name, value) in JsonSerializer.Deserialize<Dictionary<string, string>>(seal)!)
        {
            headers[name] = value;
        }

        return true;
    }

    /// <summary>What nginx's and Traefik's checks are told, under the names that they use.</summary>
    private static List<KeyValuePair<string, string>> Told(HttpRequest request, string method, Client client, string address)
    {
        var address4 = client.Address?.ToString() ?? "";
        return
        [
            new("X-Original-Method", method),
            new("X-Original-URI", address),
            new("X-Forwarded-Method", method),
            new("X-Forwarded-Uri", address),
            new("X-Forwarded-Proto", client.Scheme),
            new("X-Forwarded-Host", client.Host),
            new("X-Forwarded-For", request.Headers["X-Forwarded-For"] is { Count: > 0 } chain ? chain.ToString() : address4),
            new("X-Real-IP", address4),
        ];
    }

    /// <summary>No header holds a line's end, so no other parts give these bytes.</summary>
    private static string HashOf(string[] parts) => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))));
}
