using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Peers;

/// <summary>A peer's program for Node.js with its packages, which are installed when they are asked for first and kept for later runs.</summary>
/// <param name="Folder">Where it stands, ready to run.</param>
/// <param name="Absence">Why it does not; null when it does.</param>
internal sealed record NodePackages(string Folder, string? Absence)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public static Lazy<NodePackages> Bun { get; } = new(() => Install("bun"));

    public static Lazy<NodePackages> SocketIo { get; } = new(() => Install("socket.io"));

    /// <summary>One folder for each version of the lock file.</summary>
    private static NodePackages Install(string name)
    {
        var source = SourceFolder(name);
        var version = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(source, "package-lock.json"))))[..16];
        var folder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "yarpws-benchmarks", $"{name}-{version}");
        if (Executables.Find("node") is null || Executables.Find("npm") is not { } npm)
        {
            return new NodePackages(folder, "node and npm are not installed (apt-get install nodejs npm)");
        }

        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(source))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }

        return Directory.Exists(Path.Combine(folder, "node_modules")) || TryInstall(npm, folder)
            ? new NodePackages(folder, null)
            : new NodePackages(folder, $"npm could not install it (npm ci in {folder})");
    }

    private static bool TryInstall(string npm, string folder)
    {
        using var process = Process.Start(new ProcessStartInfo(npm, ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
        })!;
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        return process.ExitCode == 0;
    }

    private static string SourceFolder(string name, [CallerFilePath] string source = "") => Path.Combine(Path.GetDirectoryName(source)!, name);
}
