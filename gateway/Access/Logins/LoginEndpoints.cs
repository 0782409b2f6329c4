using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Access.Logins.External;
using YarpWs.Gateway.Access.Origins;
using YarpWs.Gateway.Access.Rates;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Access.Logins;

/// <summary>
/// What the gateway itself answers to a logged-in client, under <see cref="AccessOptions.Path"/>: <c>POST …/refresh</c> lets the login's sockets
/// live as long as the token of this request, <c>POST …/ticket</c> gives a ticket for one WebSocket. They go before any route of the operator's.
/// </summary>
internal sealed class LoginEndpoints(
    LoginRenewals renewals, GrantedPolicies granted, Tickets tickets, AccessSchemes schemes, ExternalCheckNames checks, IOptions<AccessOptions> options, IOptions<CorsOptions> cors, TimeProvider time)
{
    /// <summary>Redis is asked again every second.</summary>
    private const string RetryAfterSeconds = "2";

    /// <summary>
    /// A bucket for each user, because each request of theirs is a message to every gateway, or a key in Redis. The platform's limiters wake a thread ten times a second, which would be most of
    /// what a quiet gateway does; these have no timer.
    /// </summary>
    private readonly LeakyBuckets _buckets = new(options.Value.RequestsPerMinute / 60.0, time);

    public void Map(IEndpointRouteBuilder app)
    {
        if (options.Value.Path is not { Length: > 0 } path)
        {
            return;
        }

        Add(app, $"{path}/refresh", RefreshAsync);
        Add(app, $"{path}/ticket", IssueAsync);
    }

    private void Add(IEndpointRouteBuilder app, string path, Func<HttpContext, Login, Task> answerAsync)
    {
        var endpoint = app.MapPost(path, context => AnswerAsync(context, answerAsync))
            .WithOrder(int.MinValue)
            .WithMetadata(new RequestSizeLimitAttribute(TicketRequest.LargestBody))
            .WithMetadata(new AnyLogin())
            .RequireAuthorization(new AuthorizationPolicyBuilder([.. schemes.Names, .. checks.All]).RequireAuthenticatedUser().Build());
        if (options.Value.CorsPolicy is { Length: > 0 } policy)
        {
            if (cors.Value.GetPolicy(policy) is null)
            {
                throw new InvalidSettingException(
                    $"{AccessOptions.Section}:{nameof(AccessOptions.CorsPolicy)}", $"no policy '{policy}'; expected one defined in {CorsPolicyOptions.Section}.");
            }

            endpoint.RequireCors(policy);
        }
    }

    private Task AnswerAsync(HttpContext context, Func<HttpContext, Login, Task> answerAsync)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (Login.Of(context.User) is not { User: not null } login)
        {
            return Refusal.WriteAsync(context, StatusCodes.Status403Forbidden, "The login names no user.");
        }

        // The first of them fills nothing.
        var burst = options.Value.RequestsPerMinute - 1;
        var beyond = _buckets.Fill(KeyOf(login), burst) - burst;
        if (beyond > 0)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(beyond / _buckets.PerSecond).ToString(CultureInfo.InvariantCulture);
            return Refusal.WriteAsync(context, StatusCodes.Status429TooManyRequests, $"A user may ask {options.Value.RequestsPerMinute} times a minute.");
        }

        return answerAsync(context, login);
    }

    /// <summary>What no two logins share whose issuer or user differs.</summary>
    private static string KeyOf(Login login) => CountedKey.Bounded(string.Create(CultureInfo.InvariantCulture, $"{login.Issuer?.Length} {login.Issuer} {login.User}"));

    private async Task RefreshAsync(HttpContext context, Login login)
    {
        var (sockets, reach) = await renewals.RenewAsync(new Renewal(login, await granted.OfAsync(context)));
        await context.Response.WriteAsJsonAsync(new { expiresAt = login.ExpiresAt, sockets, reach }, context.RequestAborted);
    }

    private async Task IssueAsync(HttpContext context, Login login)
    {
        var (path, status, complaint) = await TicketRequest.ReadAsync(context.Request);
        if (path is null)
        {
            await Refusal.WriteAsync(context, status, complaint!);
            return;
        }

        var binding = new TicketBinding(context.Request.Headers.Origin.ToString(), path);
        var credential = context.Features.Get<LoginLease>() is { Verdict.Login: not null } lease ? lease.Login.Question.ToSeal() : TokenRelay.TokenOf(context.Request);
        if (await tickets.IssueAsync(credential, binding) is not { } ticket)
        {
            context.Response.Headers.RetryAfter = RetryAfterSeconds;
            await Refusal.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "No ticket can be kept now: Redis is away, or without one this gateway keeps as many as it can.");
            return;
        }

        await context.Response.WriteAsJsonAsync(new { ticket, expiresIn = (int)tickets.Lifetime.TotalSeconds }, context.RequestAborted);
    }
}
