using System.Buffers;
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

    private static readonly string[] OwnHeaders =
        ["Accept", "Connection", "Content-Length", Cookie, "Expect", "Host", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "X-Real-IP"];

    private static readonly string[] OwnPrefixes = ["X-Original-", "X-Forwarded-", "Sec-WebSocket-"];

    private readonly string _check;
    private readonly SortedDictionary<string, string> _credentials;
    private readonly string _method;
    private readonly string _target;
    private readonly string? _query;
    private readonly string _chain;

    private CheckQuestion(string check, SortedDictionary<string, string> credentials, HttpContext context, bool perAddress)
    {
        (_check, _credentials) = (check, credentials);
        var request = context.Request;
        Client = context.Features.GetRequiredFeature<Client>();
        Host = request.Host.Value ?? "";

        // Over HTTP/2 a handshake is a CONNECT, of which no check has heard.
        _method = Handshake.Of(context) is { IsExtendedConnect: true } ? HttpMethods.Get : request.Method;
        (_target, _query) = (context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, request.QueryString.Value);
        _chain = request.Headers["X-Forwarded-For"] is { Count: > 0 } chain ? chain.ToString() : ClientAddress;
        var parts = new Parts();
        AddSession(parts);
        parts.Add(Client.Scheme);
        parts.Add(Client.Host);
        parts.Add(Host);
        parts.Add(ClientAddress);
        if (perAddress)
        {
            parts.Add(_method);
            parts.Add(Address);
        }

        Key = parts.Hash();
    }

    /// <summary>The SHA-256 of all that the answer may depend on: two questions that differ do not have the same.</summary>
    public string Key { get; }

    /// <summary>That of the cookies alone, shortened: the session that they stand for, wherever its requests come from.</summary>
    public string SessionId
    {
        get
        {
            var parts = new Parts();
            AddSession(parts);
            return parts.Hash()[..22];
        }
    }

    /// <summary>Who asked first.</summary>
    public Client Client { get; }

    /// <summary>The Host that the client asked for; the check sees the same.</summary>
    public string Host { get; }

    private string ClientAddress => Client.Address?.ToString() ?? "";

    private string Address => RawPath.Resolve(_target) + _query;

    /// <summary>Whether the gateway itself says this to a check, or it belongs to the connection: no header that a client's value could stand in.</summary>
    public static bool IsOwnHeader(string name) =>
        Array.Exists(OwnHeaders, own => own.Equals(name, StringComparison.OrdinalIgnoreCase)) || Array.Exists(OwnPrefixes, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

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

        return credentials.Count == 0 ? null : new CheckQuestion(check, credentials, context, options.PerAddress);
    }

    /// <param name="destination">Its address, with a path where that has one.</param>
    /// <param name="path">What is asked there.</param>
    public HttpRequestMessage ToRequest(string destination, string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, string.Concat(destination.AsSpan().TrimEnd('/'), path));
        request.Headers.Host = Host;
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        foreach (var (name, value) in Told().Concat(_credentials))
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
    private KeyValuePair<string, string>[] Told() =>
    [
        new("X-Original-Method", _method),
        new("X-Original-URI", Address),
        new("X-Forwarded-Method", _method),
        new("X-Forwarded-Uri", Address),
        new("X-Forwarded-Proto", Client.Scheme),
        new("X-Forwarded-Host", Client.Host),
        new("X-Forwarded-For", _chain),
        new("X-Real-IP", ClientAddress),
    ];

    private void AddSession(Parts parts)
    {
        parts.Add(_check);
        foreach (var (name, value) in _credentials)
        {
            parts.Add(name.ToLowerInvariant());
            parts.Add(value);
        }
    }

    /// <summary>Texts that are hashed together. No header holds a line's end, so no other texts give these bytes.</summary>
    private sealed class Parts
    {
        private readonly ArrayBufferWriter<byte> _bytes = new(512);

        public void Add(string text)
        {
            if (_bytes.WrittenCount > 0)
            {
                _bytes.Write("\n"u8);
            }

            Encoding.UTF8.GetBytes(text, _bytes);
        }

        public string Hash()
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(_bytes.WrittenSpan, hash);
            return Base64Url.EncodeToString(hash);
        }
    }
}
