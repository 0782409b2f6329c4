using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Access.Logins.External;

/// <summary>
/// One external check: which server is asked whose login the cookies of a request are. Sections <c>Authentication:Checks:{name}</c>; a policy names it as its <c>Check</c>.
/// </summary>
internal sealed record ExternalCheckOptions
{
    public const string Section = "Authentication:Checks";

    /// <summary>The cluster of <c>ReverseProxy:Clusters</c> that is asked; its balancing and its health hold. Required.</summary>
    public string? Cluster { get; init; }

    /// <summary>The path that is asked, by GET. Required.</summary>
    [RegularExpression("^/[!-~]{0,1023}$")]
    public string? Path { get; init; }

    /// <summary>
    /// The cookies that hold the login, by name; <c>name*</c> for all that begin so. They are sent to the check and taken out of what goes on. A request that has none of them and of
    /// <see cref="Headers"/> is refused without a question. At least one of either is required.
    /// </summary>
    public IReadOnlyList<string>? Cookies { get; init; }

    /// <summary>Headers of the request that the check gets as well, because its answer depends on them. Default none.</summary>
    public IReadOnlyList<string>? Headers { get; init; }

    /// <summary>
    /// Whether the answer depends on the method and the address that are asked for, and not on the login alone: then it is remembered for each of them by itself. Default false.
    /// </summary>
    public bool PerAddress { get; init; }

    /// <summary>How long an answer may take, all tries together. Default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long an answer that lets in holds: no longer does a logout take to be noticed here. While sockets of a login are open, the check is asked once in this time for it. Default 30 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Remember { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the sockets of a login live on beyond <see cref="Remember"/> while the check gives no answer. Nothing new is let in meanwhile. Default 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan Grace { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Answers remembered at once beside those of open sockets, some 2 KB each; beyond it every request asks. Default 10000.</summary>
    [Range(1, 1_000_000)]
    public int MaxRemembered { get; init; } = 10_000;

    /// <summary>Questions under way at once; further ones wait within <see cref="Timeout"/>. Default 100.</summary>
    [Range(1, 10_000)]
    public int MaxQuestions { get; init; } = 100;

    /// <summary>Largest body of an answer in bytes; a larger one counts as none. Default 64 KiB.</summary>
    [Range(256, 1 << 20)]
    public int MaxAnswerBytes { get; init; } = 64 << 10;

    /// <summary>The header of the answer that names the user. Default none: the answer is JSON.</summary>
    [RegularExpression("^[A-Za-z0-9-]{1,64}$")]
    public string? UserHeader { get; init; }

    /// <summary>The header that lists roles, between commas; beside <see cref="UserHeader"/>. Default none.</summary>
    [RegularExpression("^[A-Za-z0-9-]{1,64}$")]
    public string? RolesHeader { get; init; }

    /// <summary>The header that lists groups, between commas; beside <see cref="UserHeader"/>. Default none.</summary>
    [RegularExpression("^[A-Za-z0-9-]{1,64}$")]
    public string? GroupsHeader { get; init; }

    /// <summary>The header that says when the login ends, in seconds since 1970 or as ISO 8601; beside <see cref="UserHeader"/>. Default none.</summary>
    [RegularExpression("^[A-Za-z0-9-]{1,64}$")]
    public string? UntilHeader { get; init; }

    /// <summary>
    /// Where a browser that asks for a page is sent, with 302, instead of 401; <c>{url}</c> stands for the address that it asked for. Default none.
    /// </summary>
    [RegularExpression("^(/|https?://)[!-~]{0,1023}$")]
    public string? LoginPage { get; init; }

    /// <summary>
    /// Whether a redirect is an answer and means that nobody is logged in: it is passed on to a browser that asks for a page, and is 401 for everything else. Default false: it counts as
    /// no answer.
    /// </summary>
    public bool PassRedirects { get; init; }
}
