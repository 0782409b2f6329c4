using YarpWs.Gateway.Edge;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Operator;

/// <summary><c>GET /refusals</c>: the last requests that were refused, and why, the newest first.</summary>
internal sealed class RefusalPage(RecentRefusals refusals)
{
    public Task AnswerAsync(HttpContext context) => HttpMethods.IsGet(context.Request.Method)
        ? context.Response.WriteAsJsonAsync(new { capacity = RecentRefusals.Capacity, refusals = refusals.All.Reverse() }, context.RequestAborted)
        : Refusal.WriteMethodAsync(context, "Refusals are only read here.");
}
