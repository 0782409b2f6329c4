namespace YarpWs.Gateway.Telemetry.AccessLogs;

/// <summary>The logs of a route's requests, or of all that no route says otherwise. Metadata of endpoints.</summary>
/// <param name="isOnConsole">Whether the gateway's own lines are among them.</param>
/// <param name="logs">The others.</param>
internal sealed class ChosenLogs(bool isOnConsole, IReadOnlyList<NamedLog> logs)
{
    public bool IsOnConsole => isOnConsole;

    public bool CountsBytes { get; } = logs.Any(log => log.Format.CountsBytes);

    public bool TimesDestinations { get; } = logs.Any(log => log.Format.TimesDestinations);

    /// <summary>Has what is sent counted from here on, where a log says it.</summary>
    public void Begin(HttpContext context)
    {
        if (CountsBytes && context.Features.Get<CountedBody>() is null)
        {
            CountedBody.Install(context);
        }
    }

    /// <summary>Writes the lines of a plain request once its answer is complete: until then it may lack its head, which headers are added to as it begins.</summary>
    /// <param name="context">The request.</param>
    /// <param name="startedAt">A timestamp of <paramref name="time"/>.</param>
    /// <param name="time">Tells when it is over.</param>
    public void Answered(HttpContext context, long startedAt, TimeProvider time)
    {
        if (logs.Count > 0)
        {
            context.Response.OnCompleted(() =>
            {
                Write(context, time.GetElapsedTime(startedAt), time.GetLocalNow());
                return Task.CompletedTask;
            });
        }
    }

    /// <summary>Takes what the lines of a socket say of its request; null where there are the gateway's own alone.</summary>
    public OpenedLogs? Open(HttpContext context) =>
        isOnConsole && logs.Count == 0 ? null : new(this, context.Response.StatusCode, [.. logs.Select(log => log.Format.Capture(context))]);

    /// <summary>A socket whose lines are written when it is over.</summary>
    internal sealed class OpenedLogs(ChosenLogs chosen, int status, string?[][] captured)
    {
        public bool IsOnConsole => chosen.IsOnConsole;

        /// <summary>Whether there are any but the gateway's own.</summary>
        public bool IsAny => captured.Length > 0;

        public void Closed(RequestEnd end)
        {
            for (var index = 0; index < captured.Length; index++)
            {
                chosen.Write(index, captured[index], end with { Status = status });
            }
        }
    }

    private void Write(HttpContext context, TimeSpan duration, DateTimeOffset now)
    {
        // A client that has gone before its answer began has none; this is what nginx writes down of it.
        const int ClientGone = 499;
        var isGone = context.RequestAborted.IsCancellationRequested;
        var end = new RequestEnd
        {
            At = now,
            Duration = duration,
            Status = isGone && !context.Response.HasStarted ? ClientGone : context.Response.StatusCode,
            BytesSent = context.Features.Get<CountedBody>()?.Count(context) ?? 0,
            BytesReceived = context.Request.ContentLength,
            IsComplete = !isGone,
        };
        foreach (var log in logs)
        {
            log.Write(log.Format.Capture(context), end);
        }
    }

    private void Write(int index, string?[] captured, RequestEnd end) => logs[index].Write(captured, end);
}
