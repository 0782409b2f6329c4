using System.ComponentModel.DataAnnotations;

namespace YarpWs.Backend.Streams;

/// <summary>How much of each group's messages Redis keeps, so that a node which missed some can read them. Section <c>Streams</c>.</summary>
internal sealed record StreamOptions
{
    /// <summary>Messages that a group's log keeps; the oldest go first. 1 to 100,000, default 1,000.</summary>
    [Range(1, 100_000)]
    public int MaxMessages { get; init; } = 1_000;

    /// <summary>Bytes that a group's log keeps; the newest message is kept whatever its size. 1 KiB to 1 GiB, default 16 MiB.</summary>
    [Range(1_024, 1 << 30)]
    public long MaxBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>How long a group's log outlives its newest message. 10 s to 7 days, default 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "7.00:00:00")]
    public TimeSpan Retention { get; init; } = TimeSpan.FromMinutes(5);
}
