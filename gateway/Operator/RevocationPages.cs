using System.Globalization;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Access.Revocations;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Operator;

/// <summary>
/// <c>POST /revocations</c>: revokes logins on every gateway. <c>GET /revocations</c>: those in force, the newest first. There is no way to take one
/// back: it might be a stolen token that came back with it, and who is meant only has to log in again.
/// </summary>
internal sealed class RevocationPages(
    Revocations revocations, RevocationSync sync, RevocationList list, IOptions<RevocationOptions> options, TimeProvider time, ILogger<RevocationPages> logger)
{
    private const int DefaultPage = 100;
    private const int LargestPage = 10_000;

    public Task AnswerAsync(HttpContext context) => context.Request.Method switch
    {
        "GET" or "HEAD" => ListAsync(context),
        "POST" => RevokeAsync(context),
        _ => RefuseMethodAsync(context),
    };

    private Task ListAsync(HttpContext context)
    {
        var limit = DefaultPage;
        foreach (var (name, value) in context.Request.Query)
        {
            if (name != "limit" || !int.TryParse(value, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > LargestPage)
            {
                return Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, $"Only limit is understood here, 1 to {LargestPage}.");
            }
        }

        var all = list.All.ToList();
        var newest = all.OrderByDescending(revocation => revocation.Before).Take(limit).Select(View);
        return context.Response.WriteAsJsonAsync(new { total = all.Count, revocations = newest }, RevocationRequest.Strict, context.RequestAborted);
    }

    private async Task RevokeAsync(HttpContext context)
    {
        var (order, complaint) = await RevocationRequest.ReadAsync(context.Request, time);
        if (order is null)
        {
            await Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, complaint!);
            return;
        }

        var revocation = order.ToRevocation(time.GetUtcNow(), options.Value.MaxTokenLifetime);
        if (list.Count >= options.Value.MaxRevocations && !list.IsKnown(revocation.Target))
        {
            await Refusal.WriteAsync(
                context, StatusCodes.Status507InsufficientStorage, $"{list.Count} revocations are in force. Revoke everybody, or raise Revocations:MaxRevocations.");
            return;
        }

        // Here first: whatever becomes of Redis, it holds on this gateway. It is handed on though the client may have hung up.
        var closed = revocations.Apply(revocation);
        var reach = await sync.HandOnAsync(revocation);
        logger.LoginRevoked(revocation.Target.ToString(), revocation.Before, revocation.Until, closed);
        context.Response.StatusCode = reach == Scope.Pending ? StatusCodes.Status202Accepted : StatusCodes.Status200OK;
        await context.Response.WriteAsJsonAsync(new RevocationAnswer(View(revocation), reach, closed), RevocationRequest.Strict, context.RequestAborted);
    }

    private static RevocationRequest View(Revocation revocation) => new()
    {
        User = revocation.Target.User,
        SessionId = revocation.Target.SessionId,
        TokenId = revocation.Target.TokenId,
        Everybody = revocation.Target.IsEverybody ? true : null,
        Issuer = revocation.Target.Issuer,
        Before = revocation.Target.TokenId is null ? revocation.Before : null,
        Until = revocation.Until,
    };

    private static Task RefuseMethodAsync(HttpContext context)
    {
        context.Response.Headers.Allow = "GET, HEAD, POST";
        return Refusal.WriteAsync(context, StatusCodes.Status405MethodNotAllowed, "Here are GET /revocations and POST /revocations. A revocation is not taken back; log in again.");
    }
}

/// <summary>What was revoked, where it holds, and how many sockets of this gateway it closed.</summary>
internal sealed record RevocationAnswer(RevocationRequest Revoked, Scope Reach, int Closed);
