using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Access.Logins.External;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Access.Origins;

/// <summary>
/// Refuses what a foreign page sends in its visitor's name. A browser lets any page open a WebSocket anywhere, cookies included, and
/// leaves it to the server to look at Origin; the same goes for a plain request that changes something and is admitted by a cookie.
/// </summary>
internal sealed class OriginCheck(RequestDelegate next, ExternalChecks checks, IOptions<OriginOptions> options)
{
    private readonly OriginOptions _options = options.Value;
    private readonly OriginList _allowed = ListOf(options.Value);

    /// <summary>Throws for an origin that no browser sends.</summary>
    public static OriginList ListOf(OriginOptions options) => new($"{OriginOptions.Section}:{nameof(OriginOptions.Allowed)}", options.Allowed);

    public Task InvokeAsync(HttpContext context)
    {
        var isSocket = context.IsHandshake();
        if (!isSocket && !IsUnsafeByCookie(context))
        {
            return next(context);
        }

        var origin = context.Request.Headers.Origin;
        var isAllowed = origin.Count switch
        {
            // A browser names the origin of a page that opens a socket; a session belongs to a browser.
            0 => isSocket && _options.AllowMissing && context.Features.Get<TokenLocation>() is not { FromSession: true },
            1 => IsAllowed(origin.ToString(), context),
            _ => false,
        };
        return isAllowed ? next(context) : Refusal.WriteAsync(context, StatusCodes.Status403Forbidden, "Pages of this origin are not let in.", RefusalReason.Origin);
    }

    private bool IsAllowed(string origin, HttpContext context) =>
        _allowed.Allows(origin) || (_options.SameOrigin && IsSameOrigin(origin, context.Features.GetRequiredFeature<Client>()));

    private static bool IsSameOrigin(string origin, Client client) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var theirs)
        && Uri.TryCreate($"{client.Scheme}://{client.Host}", UriKind.Absolute, out var ours)
        && (theirs.Scheme, theirs.Port) == (ours.Scheme, ours.Port)
        && NameOf(theirs).Equals(NameOf(ours), StringComparison.OrdinalIgnoreCase);

    /// <summary>A page that was asked for by a name with a final dot has it in its origin.</summary>
    private static string NameOf(Uri origin) => origin.Host is [.. var name, '.'] ? name : origin.Host;

    private bool IsUnsafeByCookie(HttpContext context)
    {
        var method = context.Request.Method;
        return !(HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method))
            && (context.Features.Get<TokenLocation>() is { FromCookie: true } || checks.MayAdmitByCookie(context));
    }
}

/// <summary>Which pages may open a WebSocket, or send a cookie that holds the token. Section <c>Origins</c>.</summary>
internal sealed record OriginOptions
{
    public const string Section = "Origins";

    /// <summary>Origins let in, each exactly as a browser sends it (<c>https://app.example.com</c>), <c>https://*.example.com</c> for all names below it, or "*" for any. Default none.</summary>
    public IReadOnlyList<string>? Allowed { get; init; }

    /// <summary>Whether a page of the host that the request is for is let in. Default true.</summary>
    public bool SameOrigin { get; init; } = true;

    /// <summary>Whether a handshake without an Origin header, which no browser sends, is let in. Default true.</summary>
    public bool AllowMissing { get; init; } = true;
}
