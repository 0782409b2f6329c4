using System.Buffers;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Access.Logins;
using YarpWs.Gateway.Access.Logins.External;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Jwt;

namespace YarpWs.Gateway.Access;

/// <summary>
/// Finds the token, takes it out of every place where it stands, and puts it into the Authorization header. The places, first found
/// first served: that header, a subprotocol, a handshake's ticket, the query parameter <c>access_token</c>, the configured cookie. A ticket
/// that is not good ends the request here.
/// </summary>
internal sealed class TokenRelay(RequestDelegate next, Tickets tickets, IOptions<AccessOptions> options)
{
    private const string Bearer = "Bearer ";

    /// <summary>Redis is asked again every second.</summary>
    private const string RetryAfterSeconds = "2";

    /// <summary>What a token may consist of (RFC 6750). Anything else must not get into a header.</summary>
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=");

    private readonly string? _cookie = options.Value.Cookie is { Length: > 0 } name ? name : null;
    private readonly bool _takesTickets = options.Value.Path is { Length: > 0 };

    /// <summary>The token of a request that has come through here with one.</summary>
    public static string TokenOf(HttpRequest request) => request.Headers.Authorization.ToString()[Bearer.Length..];

    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Request.Headers;

        // All are taken out, whichever of them wins.
        var byHeader = headers.Authorization.FirstOrDefault(value => value!.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))?[Bearer.Length..].Trim();
        var bySubprotocol = SubprotocolToken.Take(headers);
        var byTicket = _takesTickets && context.IsHandshake() ? QueryToken.Take(context.Request, QueryToken.Ticket, Ticket.Resembles) : null;
        var byQuery = QueryToken.Take(context.Request, QueryToken.Token);
        var byCookie = _cookie is null ? null : CookieToken.Take(headers, _cookie);

        if ((Usable(byHeader) ?? Usable(bySubprotocol)) is { } stated)
        {
            Put(context, stated, TokenLocation.ByRequest);
        }
        else if (byTicket is not null)
        {
            return RedeemAsync(context, byTicket);
        }
        else if (Usable(byQuery) is { } queried)
        {
            Put(context, queried, TokenLocation.ByRequest);
        }
        else if (Usable(byCookie) is { } baked)
        {
            Put(context, baked, TokenLocation.ByCookie);
        }

        return next(context);
    }

    private async Task RedeemAsync(HttpContext context, string ticket)
    {
        var (result, token) = await tickets.RedeemAsync(ticket, TicketBinding.Of(context.Request));
        switch (result)
        {
            case TicketResult.Redeemed:
                if (!CheckQuestion.TryRestore(token!, context.Request.Headers))
                {
                    Put(context, token!, TokenLocation.ByRequest);
                }

                await next(context);
                return;
            case TicketResult.Unavailable:
                context.Response.Headers.RetryAfter = RetryAfterSeconds;
                await Refusal.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "The ticket cannot be looked up now: Redis is away. Ask for a new one then.");
                return;
            default:
                context.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
                context.Features.Set(new TokenFault(0, "", result == TicketResult.Misplaced ? "ticket for another page or path" : "ticket used, expired or never issued"));
                await Refusal.WriteAsync(context, StatusCodes.Status401Unauthorized, result == TicketResult.Misplaced
                    ? "The ticket is for another page or another path, and is spent now."
                    : "The ticket was used before, has expired, or was never issued.");
                return;
        }
    }

    private static void Put(HttpContext context, string token, TokenLocation location)
    {
        context.Request.Headers.Authorization = Bearer + token;
        context.Features.Set(location);
    }

    private static string? Usable(string? token) =>
        string.IsNullOrEmpty(token) || token.AsSpan().ContainsAnyExcept(TokenCharacters) ? null : token;
}
