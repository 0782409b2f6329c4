using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;

namespace YarpWs.Platform.Jwt;

/// <summary>Whose tokens each scheme takes. A token is judged by the schemes whose issuer it names; where it names nobody's, by all.</summary>
internal sealed class TokenIssuers : IDisposable
{
    /// <summary>The largest key sets of the large issuers have some 20 KiB.</summary>
    private const int LargestDocument = 1 << 20;

    /// <summary>So often a name is looked up again, and a connection that an issuer's balancer has forgotten is replaced.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    private readonly HttpClient _http;
    private readonly Dictionary<string, TokenIssuer> _byScheme;

    public TokenIssuers(IReadOnlyDictionary<string, SchemeOptions> schemes, TimeProvider time, ILogger<TokenIssuers> logger)
    {
        _http = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = ConnectionLifetime })
        {
            // A fetch has a time of its own, for both documents together.
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = LargestDocument,

            // Some firewalls in front of issuers refuse who does not say what it is.
            DefaultRequestHeaders = { { "User-Agent", "yarpws" }, { "Accept", "application/json" } },
        };
        _byScheme = schemes.ToDictionary(
            scheme => scheme.Key,
            scheme => new TokenIssuer(
                scheme.Key,
                scheme.Value,
                scheme.Value.HasAuthority ? new IssuerKeys(scheme.Key, scheme.Value, new IssuerDocuments(_http, scheme.Value.RequireHttpsMetadata), time, logger) : null));
    }

    public TokenIssuer this[string scheme] => _byScheme[scheme];

    public IEnumerable<TokenIssuer> All => _byScheme.Values;

    /// <summary>What is missing, in words for the operator, where no scheme at all can check tokens; null when one can, or there is none.</summary>
    public string? Missing => _byScheme.Count > 0 && All.All(issuer => issuer.IsWithoutKeys)
        ? string.Join("; ", All.Select(issuer => $"scheme {issuer.Scheme}: {issuer.State}"))
        : null;

    /// <summary>Called for each request with a token, before its scheme checks that. Waits for keys that are on their way, not for long.</summary>
    public async Task ReceiveAsync(MessageReceivedContext received)
    {
        var own = _byScheme[received.Scheme.Name];
        if (_byScheme.Count == 1 && own.Keys is null)
        {
            // One scheme that waits for nobody: whatever comes is its to judge.
            return;
        }

        if (TokenOf(received.Request) is not { } token || !UnverifiedToken.TryRead(token, out var read))
        {
            // The scheme says what there is instead.
            return;
        }

        if (read.Issuer is { } named && !own.IsNamed(named) && All.Any(other => other.IsNamed(named)))
        {
            LoginRefusal.Keep(received.HttpContext, TokenFault.OfAnotherScheme(named));
            received.Fail("The token names the issuer of another scheme.");
            return;
        }

        if (own.Keys is not { } keys || own.HasOwnKeys)
        {
            return;
        }

        var needsLogin = received.HttpContext.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is null;
        if (needsLogin && (keys.AreMissing || (read.Issuer == keys.Issuer && read.KeyId is { Length: > 0 } keyId && !keys.Has(keyId))))
        {
            keys.RequestRefresh();
            await keys.FetchUnderWay;
        }

        if (keys.AreMissing)
        {
            if (needsLogin)
            {
                LoginRefusal.Keep(received.HttpContext, TokenFault.KeysMissing(keys.RetryAfterSeconds));
            }

            received.Fail("The keys of the token's issuer are not there yet.");
        }
    }

    /// <summary>What a scheme found wrong with a token. That none of its own keys fits says nothing while its issuer has given neither keys nor name.</summary>
    public TokenFault Explain(string scheme, TokenFault fault) =>
        fault.IsOfKeyOrIssuer && _byScheme[scheme].Keys is { AreMissing: true } keys ? TokenFault.KeysMissing(keys.RetryAfterSeconds) : fault;

    public void Dispose() => _http.Dispose();

    /// <summary>As the platform's handler finds it.</summary>
    private static string? TokenOf(HttpRequest request)
    {
        const string Bearer = "Bearer ";
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim() : null;
    }
}

/// <summary>The issuer of one scheme's tokens.</summary>
internal sealed class TokenIssuer(string scheme, SchemeOptions options, IssuerKeys? keys)
{
    public const string Ready = "ready";

    private readonly HashSet<string> _names = [.. options.Issuers];

    public string Scheme { get; } = scheme;

    /// <summary>Those that it publishes; null where the scheme has its own alone.</summary>
    public IssuerKeys? Keys { get; } = keys;

    /// <summary>Whether the scheme has keys that nobody need be asked for.</summary>
    public bool HasOwnKeys { get; } = options.SigningKeys is { Count: > 0 } || options.SigningKeyFiles is { Count: > 0 };

    /// <summary>Whether the scheme can check no token now.</summary>
    public bool IsWithoutKeys => !HasOwnKeys && Keys is { AreMissing: true };

    /// <summary>In words for the operator.</summary>
    public string State => Keys switch
    {
        null or { Fault: null } => Ready,
        { AreMissing: true } => $"no keys from {Keys.MetadataAddress} yet ({Keys.Fault})",
        _ => $"the keys fetched last go on; {Keys.MetadataAddress} fails ({Keys.Fault})",
    };

    /// <summary>Whether tokens that name this issuer are the scheme's. Until an issuer has said what it calls itself, its address counts.</summary>
    public bool IsNamed(string issuer) => _names.Contains(issuer) || (Keys is not null && (Keys.Issuer is { } own ? own == issuer : IsAuthority(issuer)));

    private bool IsAuthority(string issuer) => options.Authority is { Length: > 0 } authority && issuer.AsSpan().TrimEnd('/').SequenceEqual(authority.AsSpan().TrimEnd('/'));
}
