using System.Text.Json;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets.Draining;

namespace YarpWs.Gateway.Operator;

/// <summary>
/// <c>GET /events</c>: a <see cref="Pulse"/> every second, as Server-Sent Events, until the reader leaves or the gateway ends. All readers in one second get
/// the same one, so a further reader costs next to nothing.
/// </summary>
internal sealed class EventPage(PulseMeter meter, ShutdownDrain shutdown, TimeProvider time)
{
    /// <summary>More eyes than any team has on one gateway.</summary>
    private const int MostReaders = 32;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private byte[] _latest = [];
    private long? _takenAt;
    private int _readers;

    public async Task AnswerAsync(HttpContext context)
    {
        try
        {
            if (Interlocked.Increment(ref _readers) > MostReaders)
            {
                context.Response.Headers.RetryAfter = "10";
                await Refusal.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, $"{MostReaders} readers are here already.");
                return;
            }

            await WriteAsync(context);
        }
        finally
        {
            Interlocked.Decrement(ref _readers);
        }
    }

    private async Task WriteAsync(HttpContext context)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, shutdown.Over);
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                await response.Body.WriteAsync(Latest(), end.Token);
                await response.Body.FlushAsync(end.Token);
            }
            while (await timer.WaitForNextTickAsync(end.Token));
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The reader has left, or the gateway ends.
        }
    }

    private byte[] Latest()
    {
        lock (_gate)
        {
            if (_takenAt is not { } taken || time.GetElapsedTime(taken) > Interval / 2)
            {
                _takenAt = time.GetTimestamp();
                _latest = [.. "data: "u8, .. JsonSerializer.SerializeToUtf8Bytes(meter.Take(Interval), JsonSerializerOptions.Web), .. "\n\n"u8];
            }

            return _latest;
        }
    }
}
