using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Edge;

/// <summary>Writes the line of a request, and keeps what the operator's page shows of it.</summary>
internal sealed class AccessLogMiddleware(RequestDelegate next, AccessLog accessLog, RequestCounts counts, RecentRefusals refusals, TimeProvider time)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var start = time.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            // A socket has had its own two lines.
            if (context.Features.Get<LiveSocket>() is null)
            {
                accessLog.Answered(context, time.GetElapsedTime(start));
                counts.Count(context.Response.StatusCode);
                refusals.Look(context);
            }
        }
    }
}
