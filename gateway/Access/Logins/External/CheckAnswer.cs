namespace YarpWs.Gateway.Access.Logins.External;

/// <summary>What an external check has said of a question.</summary>
internal abstract record CheckAnswer;

/// <summary>It is this person's login.</summary>
internal sealed record KnownLogin(CheckedPerson Person) : CheckAnswer;

/// <summary>It is nobody's, or nobody's who may come in: 401, 403, or a redirect to a login page. The client gets it as it is.</summary>
/// <param name="Status">401, 403 or a redirect.</param>
/// <param name="Body">Up to <see cref="ExternalCheckOptions.MaxAnswerBytes"/>.</param>
/// <param name="ContentType">That of the body; null where the check names none.</param>
/// <param name="Challenges">The values of WWW-Authenticate.</param>
/// <param name="Location">Where a redirect leads.</param>
internal sealed record RefusedLogin(int Status, ReadOnlyMemory<byte> Body, string? ContentType, IReadOnlyList<string> Challenges, string? Location) : CheckAnswer
{
    public static RefusedLogin Ended { get; } = new(StatusCodes.Status401Unauthorized, default, null, [], null);
}

/// <summary>Nothing that can be used, so nobody is let in.</summary>
/// <param name="Cause">What happened, in a few words for the log: "it answered 500".</param>
/// <param name="Remedy">What the operator can do about it, as a sentence.</param>
internal sealed record NoAnswer(string Cause, string Remedy) : CheckAnswer;

/// <summary>Whose login it is, as the check says.</summary>
internal sealed record CheckedPerson
{
    public required string User { get; init; }

    public IReadOnlyList<string> Roles { get; init; } = [];

    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>Further claims, for policies and for tokens.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Claims { get; init; } = [];

    /// <summary>The check's own name for the session; null where it tells none.</summary>
    public string? Session { get; init; }

    /// <summary>When the person logged in; null where the check does not tell.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>When the login ends; null where the check does not tell.</summary>
    public DateTimeOffset? Until { get; init; }
}
