using System.Text.Json;
using System.Text.Json.Serialization;
using YarpWs.Gateway.Access.Revocations;

namespace YarpWs.Gateway.Operator;

/// <summary>What <c>POST /revocations</c> is asked to do, as JSON: exactly one of a user, a session, a token or everybody.</summary>
internal sealed record RevocationRequest
{
    private const int LongestName = 1_000;

    public static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The <c>sub</c> of the tokens.</summary>
    public string? User { get; init; }

    /// <summary>Their <c>sid</c>.</summary>
    public string? SessionId { get; init; }

    /// <summary>The <c>jti</c> of one token.</summary>
    public string? TokenId { get; init; }

    /// <summary>True for the tokens of everybody.</summary>
    public bool? Everybody { get; init; }

    /// <summary>The <c>iss</c>. Default any.</summary>
    public string? Issuer { get; init; }

    /// <summary>Tokens issued up to then; not with <see cref="TokenId"/>, which is refused whenever it was issued. Default now.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>By when all these tokens have expired. Default <see cref="RevocationOptions.MaxTokenLifetime"/> from now.</summary>
    public DateTimeOffset? Until { get; init; }

    public static async Task<(RevocationRequest? Order, string? Complaint)> ReadAsync(HttpRequest request, TimeProvider time)
    {
        // Also keeps other pages of the operator's browser out: they cannot send this type without being asked first.
        if (!request.HasJsonContentType())
        {
            return (null, "Send application/json, such as {\"user\": \"ann\"}.");
        }

        try
        {
            var order = await request.ReadFromJsonAsync<RevocationRequest>(Strict, request.HttpContext.RequestAborted);
            return order is null ? (null, "The body is null.") : order.Complaint(time.GetUtcNow()) is { } complaint ? (null, complaint) : (order, null);
        }
        catch (JsonException exception)
        {
            return (null, $"The body is not an order: {exception.Message}");
        }
    }

    /// <summary>Times in whole milliseconds, as Redis holds them; a part of one counts as all of it.</summary>
    public Revocation ToRevocation(DateTimeOffset now, TimeSpan maxTokenLifetime) => new(
        new RevocationTarget { User = User, SessionId = SessionId, TokenId = TokenId, Issuer = Issuer },
        RoundUp(Before ?? now),
        RoundUp(Until ?? now + maxTokenLifetime));

    private string? Complaint(DateTimeOffset now)
    {
        string?[] names = [User, SessionId, TokenId];
        return this switch
        {
            _ when names.Count(name => name is not null) + (Everybody is null ? 0 : 1) != 1 => "Give exactly one of user, sessionId, tokenId and everybody.",
            { Everybody: false } => "everybody: use true, or leave it out.",
            _ when names.Append(Issuer).Any(name => name is { Length: 0 or > LongestName }) => $"user, sessionId, tokenId, issuer: use 1 to {LongestName} characters.",
            { TokenId: not null, Before: not null } => "before: not with tokenId, which is refused whenever it was issued.",
            _ when Before > now => "before: use a time that has passed; nobody could log in until then.",
            _ when Until <= now || Until > now + TimeSpan.FromDays(400) => "until: use a time within the next 400 days.",
            _ => null,
        };
    }

    private static DateTimeOffset RoundUp(DateTimeOffset time) =>
        DateTimeOffset.FromUnixTimeMilliseconds((time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond);
}
