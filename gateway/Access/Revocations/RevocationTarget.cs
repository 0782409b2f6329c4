using System.Text.Json;
using System.Text.Json.Serialization;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Access.Revocations;

/// <summary>
/// Whose tokens are revoked: those of a user (<c>sub</c>), of one session (<c>sid</c>), one token (<c>jti</c>), or with none of the three
/// everybody's; of one issuer, or of any.
/// </summary>
internal readonly record struct RevocationTarget
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public string? User { get; init; }

    public string? SessionId { get; init; }

    public string? TokenId { get; init; }

    public string? Issuer { get; init; }

    [JsonIgnore]
    public bool IsEverybody => (User ?? SessionId ?? TokenId) is null;

    public bool Covers(Login login) =>
        (Issuer is null || Issuer == login.Issuer)
        && (User is null || User == login.User)
        && (SessionId is null || SessionId == login.SessionId)
        && (TokenId is null || TokenId == login.TokenId);

    /// <summary>As it stands in Redis: one text for each target.</summary>
    public override string ToString() => JsonSerializer.Serialize(this, Json);

    /// <exception cref="JsonException">The text is no target.</exception>
    public static RevocationTarget Parse(string text) => JsonSerializer.Deserialize<RevocationTarget>(text, Json);
}
