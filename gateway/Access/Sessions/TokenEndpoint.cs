using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Options;
using YarpWs.Platform.Jwt;

namespace YarpWs.Gateway.Access.Sessions;

/// <summary>
/// Asks the issuer for newer access tokens (RFC 6749, section 6). While it fails one session's renewal asks, with a pause that grows to half a minute, for all of this gateway. That it begins to fail is
/// said once, and that it answers again.
/// </summary>
internal sealed class TokenEndpoint(TokenIssuers issuers, SessionSecret secret, IOptions<SessionsOptions> options, TimeProvider time, ILogger<TokenEndpoint> logger) : IDisposable
{
    /// <summary>How long an answer is waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false, UseCookies = false })
    {
        Timeout = Patience,
        MaxResponseContentBufferSize = 1 << 20,
        DefaultRequestHeaders = { { "User-Agent", "yarpws" }, { "Accept", "application/json" } },
    };

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();

    // Under the lock.
    private TimeSpan _pause;
    private DateTimeOffset _nextTry;

    /// <summary>Whether it has failed, and is not to be asked yet.</summary>
    public bool IsResting
    {
        get
        {
            lock (_lock)
            {
                return IsFailing && time.GetUtcNow() < _nextTry;
            }
        }
    }

    private bool IsFailing => _pause > TimeSpan.Zero;

    public async Task<RefreshAnswer> RefreshAsync(Session session)
    {
        lock (_lock)
        {
            if (IsFailing)
            {
                if (time.GetUtcNow() < _nextTry)
                {
                    return RefreshAnswer.Failed("it has failed a moment ago");
                }

                // This one asks for all.
                _nextTry = time.GetUtcNow() + Patience;
            }
        }

        var answer = await AskAsync(session);
        Report(answer);
        return answer;
    }

    public void Dispose() => _http.Dispose();

    private void Report(RefreshAnswer answer)
    {
        lock (_lock)
        {
            var wasFailing = IsFailing;
            if (answer.Fault is { } fault && !answer.IsOver)
            {
                _pause = !wasFailing ? FirstPause : _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
                _nextTry = time.GetUtcNow() + _pause;
                if (!wasFailing)
                {
                    logger.SessionsNotRenewed(fault);
                }
            }
            else if (wasFailing)
            {
                _pause = TimeSpan.Zero;
                logger.SessionsRenewedAgain();
            }
        }
    }

    private async Task<RefreshAnswer> AskAsync(Session session)
    {
        var metadata = await issuers[options.Value.Scheme].Keys!.GetConfigurationAsync(CancellationToken.None);
        if (string.IsNullOrEmpty(metadata.TokenEndpoint))
        {
            return RefreshAnswer.Failed("its metadata name no token_endpoint");
        }

        using var form = new FormUrlEncodedContent(
        [
            new("grant_type", "refresh_token"),
            new("refresh_token", session.RefreshToken),
            new("client_id", options.Value.ClientId),
            new("client_secret", secret.Value),
        ]);
        try
        {
            using var response = await _http.PostAsync(new Uri(metadata.TokenEndpoint), form);
            var body = await response.Content.ReadAsStringAsync();
            return Read(response.StatusCode, body, session);
        }
        catch (OperationCanceledException)
        {
            return RefreshAnswer.Failed($"no answer within {Patience.TotalSeconds} s");
        }
        catch (HttpRequestException exception)
        {
            return RefreshAnswer.Failed(exception.GetBaseException().Message.ReplaceLineEndings(" "));
        }
    }

    private static RefreshAnswer Read(HttpStatusCode status, string body, Session session)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
            {
                if (status == HttpStatusCode.OK && Text(json.RootElement, SessionTokens.AccessTokenName) is { Length: > 0 } access)
                {
                    // An issuer that gives no new refresh token or ID token leaves the one before in force.
                    return new RefreshAnswer(
                        new SessionTokens(access, Text(json.RootElement, SessionTokens.RefreshTokenName) ?? session.RefreshToken, Text(json.RootElement, SessionTokens.IdTokenName) ?? session.IdToken),
                        IsOver: false,
                        Fault: null);
                }

                if (status == HttpStatusCode.BadRequest && Text(json.RootElement, "error") == "invalid_grant")
                {
                    return new RefreshAnswer(null, IsOver: true, "its issuer renews it no more (invalid_grant)");
                }

                if (Text(json.RootElement, "error") is { } error)
                {
                    return RefreshAnswer.Failed($"it answers {(int)status}, {(error.Length < 80 ? error : error[..80])}");
                }
            }
        }
        catch (JsonException)
        {
            // Told as any other answer that is none.
        }

        return RefreshAnswer.Failed($"it answers {(int)status} and no token");
    }

    private static string? Text(JsonElement answer, string name) => answer.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>What the issuer made of it: tokens, the session's end, or a fault that may pass.</summary>
internal sealed record RefreshAnswer(SessionTokens? Tokens, bool IsOver, string? Fault)
{
    public static RefreshAnswer Failed(string fault) => new(null, IsOver: false, fault);
}
