using System.Globalization;

namespace YarpWs.Benchmarks.Servers;

/// <summary>What this machine allows one process.</summary>
internal static class Limits
{
    /// <summary>Files that a process may hold open; those that are started here inherit it.</summary>
    public static int OpenFiles { get; } = int.Parse(
        File.ReadLines("/proc/self/limits")
            .First(line => line.StartsWith("Max open files", StringComparison.Ordinal))["Max open files".Length..]
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[0],
        CultureInfo.InvariantCulture);
}
