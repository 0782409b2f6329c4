using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace YarpWs.Platform.Memory;

/// <summary>
/// Gives memory back to the system after a rush. The server's garbage collector, made for throughput, keeps what it has once had as long as
/// nothing makes it collect; and a process full of quiet sockets gives it no reason to. The C library, from which OpenSSL has its memory, keeps what lies between pieces
/// that are in use.
/// </summary>
internal sealed class MemoryTrim(IOptions<MemoryOptions> options, TimeProvider time, ILogger<MemoryTrim> logger) : BackgroundService
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.TrimAfter is not { } quiet)
        {
            return;
        }

        var rule = new TrimRule(quiet);
        var start = time.GetTimestamp();
        using var timer = new PeriodicTimer(LookInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                switch (rule.Next(ProcessState.Read(), time.GetElapsedTime(start)))
                {
                    case TrimStep.Collect:
                        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
                        break;
                    case TrimStep.Trim:
                        rule.Trimmed(Trim(), time.GetElapsedTime(start));
                        break;
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process ends, and its memory with it.
        }
    }

    /// <summary>Answers how long nothing else ran.</summary>
    private TimeSpan Trim()
    {
        var (before, paused) = (ProcessState.Read(), GC.GetTotalPauseDuration());
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        CLibrary.Trim();
        var pause = GC.GetTotalPauseDuration() - paused;
        logger.Trimmed((before.CommittedBytes - ProcessState.Read().CommittedBytes) >> 20, pause.TotalMilliseconds);
        return pause;
    }
}

/// <summary>What is said of memory, in either process; its ids are used by neither for anything else.</summary>
internal static partial class MemoryLog
{
    [LoggerMessage(3100, LogLevel.Information,
        "{Megabytes} MiB of memory that nothing used went back to the system; nothing else ran for {Pause:F0} ms. Memory:TrimAfter says when, or never.")]
    public static partial void Trimmed(this ILogger logger, long megabytes, double pause);
}

/// <summary>What this process does with memory that it has had use for and has none any more. Section <c>Memory</c>.</summary>
internal sealed record MemoryOptions
{
    public const string Section = "Memory";

    /// <summary>
    /// How long this process must have been quiet before it gives such memory back to the system, which stops it for a moment. Default 5 s;
    /// null: never.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan? TrimAfter { get; init; } = TimeSpan.FromSeconds(5);
}
