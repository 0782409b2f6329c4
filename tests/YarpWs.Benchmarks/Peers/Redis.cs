using System.Globalization;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Peers;

/// <summary>A Redis of its own for each system, in memory alone.</summary>
internal static class Redis
{
    /// <summary>What its process is called among a system's.</summary>
    public const string Name = "redis";

    private static readonly string? Program = Executables.Find("redis-server");

    public static string? Absence => Program is null ? "redis-server is not installed (apt-get install redis-server)" : null;

    public static string Version => Program is null
        ? "absent"
        : Executables.FirstLineOf(Program, "--version").Split(' ').First(word => word.StartsWith("v=", StringComparison.Ordinal))[2..];

    public static async Task<ServerProcess> StartAsync(Scratch scratch, int port)
    {
        var process = scratch.Start(Name, scratch.NewFolder(Name),
        [
            Program!, "--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1",
            "--save", "", "--appendonly", "no", "--maxclients", "5000",
        ]);
        await process.WaitForPortAsync(port);
        return process;
    }
}
