using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Access.Logins.External;

/// <summary>One external check, and what it has said lately.</summary>
internal sealed class ExternalCheck
{
    private readonly LoginCookies _cookies;

    /// <param name="name">That of its section, and of its authentication scheme.</param>
    /// <param name="options">What the settings say.</param>
    /// <param name="issuer">Under which name its logins go.</param>
    /// <param name="client">Asks it.</param>
    /// <param name="answered">Told of each answer; see <see cref="RememberedLogins"/>.</param>
    /// <param name="time">The clock.</param>
    public ExternalCheck(
        string name, ExternalCheckOptions options, string issuer, CheckClient client, Func<ExternalCheck, RememberedLogin, CheckedLogin?, CheckAnswer, Task> answered, TimeProvider time)
    {
        (Name, Options) = (name, options);
        _cookies = new LoginCookies([.. options.Cookies ?? []]);
        Logins = new RememberedLogins(
            options,
            (question, patience, stopping) => client.AskAsync(options, question, patience, stopping),
            (question, person, answeredAt, endsAt) => new CheckedLogin(name, issuer, question, person, answeredAt, endsAt),
            (login, before, answer) => answered(this, login, before, answer),
            time);
    }

    public string Name { get; }

    public ExternalCheckOptions Options { get; }

    public RememberedLogins Logins { get; }

    /// <summary>Null for a request that brings nothing by which it could be somebody's.</summary>
    public CheckQuestion? QuestionOf(HttpContext context) => CheckQuestion.Of(context, Name, Options, _cookies);

    /// <summary>Whether a browser may have added by itself what the request brings.</summary>
    public bool IsBroughtByBrowser(HttpRequest request) =>
        _cookies.Of(request.Headers).Length > 0 || (request.Headers.Authorization.Count > 0 && Options.Headers?.Contains("Authorization", StringComparer.OrdinalIgnoreCase) == true);

    /// <summary>Takes the cookies of the login out.</summary>
    public void TakeCookies(HttpRequest request) => _cookies.Remove(request.Headers);

    /// <summary>Where a browser that asks for a page is sent; null for a request that gets 401.</summary>
    public string? LoginPageFor(HttpContext context) => Options.LoginPage is { Length: > 0 } page && IsNavigation(context)
        ? page.Replace("{url}", Uri.EscapeDataString(context.Request.Path.ToUriComponent() + context.Request.QueryString.Value), StringComparison.Ordinal)
        : null;

    /// <summary>Whether a person looks at what is answered: browsers say so, the older ones by what they accept.</summary>
    public static bool IsNavigation(HttpContext context)
    {
        var request = context.Request;
        return (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) && !context.IsHandshake()
            && (request.Headers["Sec-Fetch-Mode"] is { Count: > 0 } mode ? mode == "navigate" : request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase));
    }
}
