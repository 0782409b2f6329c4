using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Access;

/// <summary>Where a token may stand besides the places that are always searched, and what the gateway answers to its owner. Section <c>Access</c>.</summary>
internal sealed record AccessOptions
{
    public const string Section = "Access";

    /// <summary>Name of a cookie that holds the token. Default none: cookies are not searched.</summary>
    public string? Cookie { get; init; }

    /// <summary>
    /// Under which path the gateway answers by itself: <c>POST {Path}/refresh</c> and <c>POST {Path}/ticket</c>, before any route; other paths under
    /// it are the routes'. Empty: nothing, and no ticket is redeemed. Default <c>/auth</c>.
    /// </summary>
    [RegularExpression("^(/[A-Za-z0-9._-]{1,64}){0,8}$")]
    public string? Path { get; init; } = "/auth";

    /// <summary>The policy of <c>Cors:Policies</c> for these two, for pages of other origins. Default none: pages of the gateway's own origin alone.</summary>
    public string? CorsPolicy { get; init; }

    /// <summary>How often one user may ask for either, per minute and gateway; more is answered 429. Default 60.</summary>
    [Range(1, 100_000)]
    public int RequestsPerMinute { get; init; } = 60;

    /// <summary>How long a ticket is good for. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan TicketLifetime { get; init; } = TimeSpan.FromSeconds(30);
}
