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

    /// <summary>WebSockets that a proxy may hold: two files each, besides some for itself and the sixteenth, 1,024 at most, that the gateway keeps back.</summary>
    public static int ProxiedSockets { get; } = (OpenFiles - Math.Min(OpenFiles / 16, 1024) - 500) / 2;
}
