using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Operator;

/// <summary>
/// Keeps the last quarter of an hour, so that the operator's page is full at first sight, whoever comes and whenever. It alone adds to it, on a thread of the pool;
/// any thread may read.
/// </summary>
internal sealed class PulseHistory(PulseMeter meter, TimeProvider time, ILogger<PulseHistory> logger) : BackgroundService
{
    /// <summary>A sample walks through all sockets, and a chart of 15 minutes shows no more than some 200 points.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>A quarter of an hour and the sample at its beginning: 181 of some 170 bytes, 30 KiB in all.</summary>
    public const int Capacity = (15 * 60 / 5) + 1;

    private readonly Recent<PulseSample> _samples = new(Capacity);

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<PulseSample> All => _samples.All();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The host waits for what comes before the first await.
        await Task.Yield();
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                Take();
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    /// <summary>A sample that fails is a gap in a chart, and no reason to end the gateway.</summary>
    private void Take()
    {
        try
        {
            _samples.Add(meter.Sample(Interval));
        }
        catch (Exception exception)
        {
            logger.SampleMissing(exception);
        }
    }
}
