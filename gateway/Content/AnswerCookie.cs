namespace YarpWs.Gateway.Content;

/// <summary>What clients get in place of the path or the domain of a destination's cookie.</summary>
internal sealed record AnswerCookie
{
    /// <summary>What the cookie's Path begins with, with variables of the request; or "~ EXPRESSION" and, without regard to case, "~* EXPRESSION". This or Domain is required.</summary>
    public string? Path { get; init; }

    /// <summary>The cookie's Domain, without regard to case or a dot in front, with variables of the request; or an expression as of Path. This or Path is required.</summary>
    public string? Domain { get; init; }

    /// <summary>What stands in place of it, with variables of the request, and with $1 to $9 for the groups of an expression, which gives way to it whole. Required.</summary>
    public string? To { get; init; }
}
