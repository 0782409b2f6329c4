using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using YarpWs.Benchmarks.Peers;

namespace YarpWs.Benchmarks.Measuring;

/// <summary>What a figure was measured on, and with which versions.</summary>
internal static class Machine
{
    public static IReadOnlyList<(string Name, string Value)> Describe() =>
    [
        ("Processor", $"{Environment.ProcessorCount} × {ValueIn("/proc/cpuinfo", "model name")}"),
        ("Memory", $"{long.Parse(ValueIn("/proc/meminfo", "MemTotal").Split(' ')[0], CultureInfo.InvariantCulture) / 1024 / 1024} GiB"),
        ("System", $"{RuntimeInformation.OSDescription}"),
        (".NET", RuntimeInformation.FrameworkDescription),
        ("Commit", Commit()),
        ("nginx", Nginx.Version),
        ("haproxy", HaproxyPeer.Version),
        ("Redis", Redis.Version),
        ("YARP", typeof(Yarp.ReverseProxy.Configuration.RouteConfig).Assembly.GetName().Version!.ToString(3)),
    ];

    private static string ValueIn(string file, string name) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown";

    private static string Commit()
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["describe", "--always", "--dirty", "--abbrev=10"])
        {
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var commit = git.StandardOutput.ReadToEnd().Trim();
        git.WaitForExit();
        return git.ExitCode == 0 ? commit : "unknown";
    }
}
