using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Access.Logins.External;
using YarpWs.Gateway.Access.Origins;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Access.Logins;

/// <summary>
/// What the gateway itself answers to a logged-in client, under <see cref="AccessOptions.Path"/>: <c>POST …/refresh</c> lets the login's sockets
/// live as long as the token of this request, <c>POST …/ticket</c> gives a ticket for one WebSocket. They go before any route of the operator's.
/// </summary>
internal sealed class LoginEndpoints(
    LoginRenewals renewals, GrantedPolicies granted, Tickets tickets, AccessSchemes schemes, ExternalCheckNames checks, IOptions<AccessOptions> options, IOptions<CorsOptions> cors)
    : IDisposable
{
    /// <summary>Redis is asked again every second.</summary>
    private const string RetryAfterSeconds = "2";

    /// <summary>
    /// Per user, because each request of theirs is a message to every gateway, or a key in Redis. Made when somebody asks: it wakes a thread ten times a second, and would be most of what
    /// a quiet gateway does.
    /// </summary>
    private readonly Lazy<PartitionedRateLimiter<Login>> _limits = new(() => PartitionedRateLimiter.Create<Login, (string?, string?)>(login =>
        RateLimitPartition.GetTokenBucketLimiter((login.Issuer, login.User), _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = options.Value.RequestsPerMinute,
            TokensPerPeriod = options.Value.RequestsPerMinute,
            ReplenishmentPeriod = TimeSpan.FromMinutes(1),
            AutoReplenishment = true,
            QueueLimit = 0,
        })));

    public void Map(IEndpointRouteBuilder app)
    {
        if (options.Value.Path is not { Length: > 0 } path)
        {
            return;
        }

        Add(app, $"{path}/refresh", RefreshAsync);
        Add(app, $"{path}/ticket", IssueAsync);
    }

    public void Dispose()
    {
        if (_limits.IsValueCreated)
        {
            _limits.Value.Dispose();
        }
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

        using var lease = _limits.Value.AttemptAcquire(login);
        if (!lease.IsAcquired)
        {
            context.Response.Headers.RetryAfter = lease.TryGetMetadata(MetadataName.RetryAfter, out var after)
                ? Math.Ceiling(after.TotalSeconds).ToString(CultureInfo.InvariantCulture)
                : RetryAfterSeconds;
            return Refusal.WriteAsync(context, StatusCodes.Status429TooManyRequests, $"A user may ask {options.Value.RequestsPerMinute} times a minute.");
        }

        return answerAsync(context, login);
    }

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
