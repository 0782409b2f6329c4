namespace YarpWs.Gateway.Access.Logins.External;

/// <summary>What is known of one question. <see cref="RememberedLogins"/> alone changes it, under its lock; any thread may read <see cref="Good"/>.</summary>
internal sealed class RememberedLogin(CheckQuestion question)
{
    private volatile CheckedLogin? _good;

    public CheckQuestion Question { get; } = question;

    /// <summary>The last answer that let in, which may be too old to let in anything new; null when the check has refused since.</summary>
    public CheckedLogin? Good
    {
        get => _good;
        set => _good = value;
    }

    /// <summary>The question that is under way; null when none is.</summary>
    public Task<LoginVerdict>? Asking { get; set; }

    /// <summary>When to ask again while sockets are open.</summary>
    public DateTimeOffset AskAgainAt { get; set; }

    /// <summary>Requests that are being served by it.</summary>
    public int Uses { get; set; }

    /// <summary>Whether there are sockets of it, or were when they were last looked for.</summary>
    public bool HasSockets { get; set; }
}

/// <summary>What became of a question.</summary>
/// <param name="Answer">What the check has said.</param>
/// <param name="Login">Whose login it is; null when it is nobody's.</param>
internal sealed record LoginVerdict(CheckAnswer Answer, CheckedLogin? Login);
