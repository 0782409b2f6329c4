using System.Globalization;

namespace YarpWs.Benchmarks.Servers;

/// <summary>What Linux tells of a process in <c>/proc</c> (proc(5)).</summary>
internal static class ProcessFiles
{
    /// <summary>The unit of times in <c>stat</c>: USER_HZ, 100 on every architecture that .NET runs on.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>The process and everything it has started, as of now.</summary>
    public static IReadOnlyList<int> TreeOf(int root)
    {
        var parents = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id != 0)
            .Select(id => (Id: id, Parent: TryReadStat(id) is { } fields ? int.Parse(fields[1], CultureInfo.InvariantCulture) : 0))
            .ToLookup(process => process.Parent, process => process.Id);
        List<int> tree = [root];
        for (var i = 0; i < tree.Count; i++)
        {
            tree.AddRange(parents[tree[i]]);
        }

        return tree;
    }

    /// <summary>User and system time that the process has used, and those of its children that have ended. Steps of 10 ms.</summary>
    public static double CpuSeconds(int process) => TryReadStat(process) is { } fields
        ? fields[11..15].Sum(ticks => long.Parse(ticks, CultureInfo.InvariantCulture)) / TicksPerSecond
        : throw new InvalidOperationException($"Process {process} has ended while it was measured.");

    /// <summary>What those of its threads have used so far that have this name and are still there.</summary>
    public static double CpuSeconds(int process, string thread) => Directory.EnumerateDirectories($"/proc/{process}/task")
        .Select(folder => TryReadStat(folder, thread))
        .Sum(fields => fields is null ? 0 : fields[11..13].Sum(ticks => long.Parse(ticks, CultureInfo.InvariantCulture)) / TicksPerSecond);

    /// <summary>Resident memory; a page that several processes share counts in equal parts (Pss).</summary>
    public static long ResidentBytes(int process)
    {
        var line = File.ReadLines($"/proc/{process}/smaps_rollup").First(line => line.StartsWith("Pss:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    /// <summary>The fields of <c>stat</c> behind the name, so that the state (field 3) is at 0; null when the process is gone.</summary>
    private static string[]? TryReadStat(int process) => TryReadStat($"/proc/{process}", null);

    /// <summary>The same for one in a folder, which may be a thread; null also when it has another name.</summary>
    private static string[]? TryReadStat(string folder, string? name)
    {
        try
        {
            var text = File.ReadAllText(Path.Combine(folder, "stat"));
            var end = text.LastIndexOf(')');
            return name is null || text[(text.IndexOf('(') + 1)..end] == name ? text[(end + 2)..].Split(' ') : null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or IOException)
        {
            return null;
        }
    }
}
