namespace YarpWs.Gateway.Content;

/// <summary>What clients get in place of an address that a destination leads to.</summary>
internal sealed record AnswerRedirect
{
    /// <summary>What the destination's Location begins with, with variables of the request; or "~ EXPRESSION" and, without regard to case, "~* EXPRESSION". Required.</summary>
    public string? From { get; init; }

    /// <summary>
    /// What stands in place of it, with variables of the request, and with $1 to $9 for the groups of an expression, which the whole address gives way to. A path is led by
    /// the scheme and host that the client asked for. Required.
    /// </summary>
    public string? To { get; init; }
}
