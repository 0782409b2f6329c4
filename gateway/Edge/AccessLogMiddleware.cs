using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Telemetry.AccessLogs;

namespace YarpWs.Gateway.Edge;

/// <summary>Writes the lines of a request, and keeps what the operator's page shows of it.</summary>
internal sealed class AccessLogMiddleware(RequestDelegate next, AccessLog accessLog, NamedLogs logs, RequestCounts counts, RecentRefusals refusals, TimeProvider time)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var start = time.GetTimestamp();
        logs.Default.Begin(context);
        counts.Begin();
        try
        {
            await next(context);
        }
        finally
        {
            counts.End();

            // A socket has lines of its own.
            if (context.Features.Get<LiveSocket>() is null)
            {
                var duration = time.GetElapsedTime(start);
                var chosen = context.GetEndpoint()?.Metadata.GetMetadata<ChosenLogs>() ?? logs.Default;
                if (chosen.IsOnConsole)
                {
                    accessLog.Answered(context, duration);
                }

                chosen.Answered(context, start, time);
                if (!context.IsHandshake())
                {
                    counts.Count(context.Response.StatusCode);
                }

                refusals.Look(context);
            }
        }
    }
}
