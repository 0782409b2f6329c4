namespace YarpWs.EndToEnd.Tests.Storm;

/// <summary>
/// Gives a process another wall clock (libfaketime), and leaves it its monotonic one. The library is loaded without its wrapper, which would stand between a
/// process and the signals that are meant for it.
/// </summary>
internal static class Faketime
{
    private static readonly string? Library = Find();

    public static bool IsInstalled => Library is not null;

    /// <param name="ahead">How far the clock is ahead, or behind.</param>
    public static IEnumerable<KeyValuePair<string, string?>> Environment(TimeSpan ahead) => ahead == TimeSpan.Zero
        ? []
        :
        [
            new("LD_PRELOAD", Library ?? throw new InvalidOperationException("libfaketime is not installed.")),
            new("FAKETIME", FormattableString.Invariant($"{ahead.TotalSeconds:+0;-0}")),
            new("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ];

    private static string? Find() => Directory.Exists("/usr/lib")
        ? Directory.EnumerateDirectories("/usr/lib").Prepend("/usr/lib").Select(folder => Path.Combine(folder, "faketime", "libfaketimeMT.so.1")).FirstOrDefault(File.Exists)
        : null;
}
