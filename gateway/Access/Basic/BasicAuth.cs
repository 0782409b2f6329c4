using System.Text;
using Microsoft.Net.Http.Headers;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Access.Basic;

/// <summary>Asks for a user and a password (RFC 7617) before a route is entered.</summary>
internal sealed class BasicAuth(BasicAuthOptions options, Passwords passwords, PasswordFile file)
{
    private const string Scheme = "Basic ";

    private readonly string _challenge = $"Basic realm=\"{options.Realm}\", charset=\"UTF-8\"";

    public RequestDelegate Then(RequestDelegate next) => context => CheckAsync(context, next);

    private async Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        if (Read(context.Request.Headers.Authorization) is not var (user, password))
        {
            await ChallengeAsync(context, "This address asks for a user and a password.");
            return;
        }

        switch (await passwords.CheckAsync(file, user, password, context.RequestAborted))
        {
            case true:
                context.Features.Set(new RemoteUser(user));
                if (!options.Forward)
                {
                    context.Request.Headers.Remove(HeaderNames.Authorization);
                }

                await next(context);
                break;
            case false:
                await ChallengeAsync(context, "The user is not known, or the password is another one.");
                break;
            default:
                context.Response.Headers.RetryAfter = "1";
                await Refusal.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "The gateway is checking as many passwords as it can.", RefusalReason.Limit);
                break;
        }
    }

    private Task ChallengeAsync(HttpContext context, string sentence)
    {
        context.Response.Headers.WWWAuthenticate = _challenge;
        return Refusal.WriteAsync(context, StatusCodes.Status401Unauthorized, sentence, RefusalReason.Login);
    }

    private static (string User, byte[] Password)? Read(IReadOnlyList<string?> header)
    {
        if (header is not [{ } text] || !text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text[Scheme.Length..].Trim(), bytes, out var count))
        {
            return null;
        }

        // The first colon ends the user; a password may hold others.
        var colon = bytes.AsSpan(0, count).IndexOf((byte)':');
        return colon < 0 ? null : (Encoding.UTF8.GetString(bytes, 0, colon), bytes[(colon + 1)..count]);
    }
}
