using System.Globalization;
using System.Runtime.InteropServices;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Peers;

/// <summary>
/// Bun's built-in publish, which is uWebSockets inside: one process that knows all members, without a store, a log, or another server that could be reached. What a delivery costs at least.
/// </summary>
internal sealed class BunPeer : IGroupPeer
{
    public const string PeerName = "Bun";

    public string Name => PeerName;

    public string? Absence => NodePackages.Bun.Value.Absence;

    public IGroupDialect Dialect { get; } = new SeedDialect();

    /// <summary>The package has its program in a package of its own for each platform, and links to it only by a script, which is not run.</summary>
    private static string Program => Path.Combine(NodePackages.Bun.Value.Folder, "node_modules", "@oven", $"bun-linux-{(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64" : "x64")}", "bin", "bun");

    public async Task<Running> StartAsync(Scratch scratch)
    {
        var port = Ports.Free();
        var server = scratch.Start(PeerName, scratch.NewFolder("bun"),
        [
            Program, Path.Combine(NodePackages.Bun.Value.Folder, "server.js"), port.ToString(CultureInfo.InvariantCulture),
        ]);
        await server.WaitForPortAsync(port);
        return Running.On(port, server);
    }
}
