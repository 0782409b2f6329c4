namespace YarpWs.Memory;

/// <summary>What is said of memory, in either process; its ids are used by neither for anything else.</summary>
internal static partial class MemoryLog
{
    [LoggerMessage(3100, LogLevel.Information,
        "{Megabytes} MiB of memory that nothing used went back to the system; nothing else ran for {Pause:F0} ms. Memory:TrimAfter says when, or never.")]
    public static partial void Trimmed(this ILogger logger, long megabytes, double pause);
}
