using System.Diagnostics;
using System.Runtime.InteropServices;

namespace YarpWs.Benchmarks.Servers;

/// <summary>Where the programs are.</summary>
internal static class Executables
{
    /// <summary>Which configuration this program, and with it the product, was built in.</summary>
    public static string Configuration { get; } = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    public static bool IsRelease => Configuration == "release";

    private static string DotNet => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    /// <summary>The command that starts this program of the product, from the folder that the build has put it in.</summary>
    /// <param name="project">The program.</param>
    /// <param name="build">The checkout that it was built in; null for this one.</param>
    public static string[] Product(string project, string? build = null) =>
        [DotNet, Path.GetFullPath(Path.Combine(build is null ? Path.Combine(AppContext.BaseDirectory, "..", "..") : Path.Combine(build, "artifacts", "bin"), project, Configuration, project + ".dll"))];

    /// <summary>The product's gateway as one file with all of .NET inside, compiled ahead, where docker/README.md has it published to.</summary>
    public static string OneFile { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", RuntimeInformation.RuntimeIdentifier, "yarpws"));

    /// <summary>The command that starts this program itself.</summary>
    public static string[] Self(params string[] arguments) => [DotNet, Path.Combine(AppContext.BaseDirectory, "YarpWs.Benchmarks.dll"), .. arguments];

    /// <summary>The path of a program of the system; null when it is not installed.</summary>
    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Concat(["/usr/local/sbin", "/usr/sbin", "/sbin"])
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);

    /// <summary>The first line that a program prints about its version.</summary>
    public static string FirstLineOf(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var line = process.StandardOutput.ReadToEnd() + error.GetAwaiter().GetResult();
        process.WaitForExit();
        return line.Split('\n')[0].Trim();
    }
}
