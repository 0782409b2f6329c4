using YarpWs.Gateway.Content.Cache;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Operator;

/// <summary><c>GET /cache</c>: how many answers the caches of routes keep, and what these take. <c>DELETE /cache?route=ID</c> has those of a route asked for anew, and without a route all.</summary>
internal sealed class CachePage(CacheStore store)
{
    public Task AnswerAsync(HttpContext context)
    {
        switch (context.Request.Method)
        {
            case "GET" or "HEAD":
                var (answers, bytes) = store.Sum;
                return context.Response.WriteAsJsonAsync(new { answers, bytes, maxBytes = store.MaxBytes }, context.RequestAborted);
            case "DELETE":
                if (context.Request.Query.Keys.Any(name => name != "route"))
                {
                    return Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, "Only route is understood here: the id of a route whose answers are to go.");
                }

                var purged = store.Purge(context.Request.Query["route"] is [{ Length: > 0 } route] ? RouteAnswers.PrefixOf(route) : "");
                return context.Response.WriteAsJsonAsync(new { purged }, context.RequestAborted);
            default:
                context.Response.Headers.Allow = "GET, DELETE";
                return Refusal.WriteAsync(context, StatusCodes.Status405MethodNotAllowed, "Answers that are kept are counted here by GET, and taken out by DELETE.");
        }
    }
}
