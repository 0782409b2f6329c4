using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Packages;

/// <summary>The .NET tools of docker/README.md: packed, installed from the folder, and asked for their version.</summary>
[Collection("Builds")]
[Trait("Category", "Long")]
public sealed class ToolTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("yarpws-tool-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory(Explicit = true)]
    [InlineData("gateway", "YarpWs.Gateway", "yarpws")]
    [InlineData("backend", "YarpWs.Backend", "yarpws-backend")]
    public async Task Tool_IsInstalledFromItsPackage_AndRuns(string project, string package, string command)
    {
        await DotnetAsync("pack", Repository.PathOf(project), "--configuration", "Release", "--output", _folder);
        await DotnetAsync("tool", "install", "--tool-path", Path.Combine(_folder, "tools"), "--source", _folder, package);

        await using var tool = ChildProcess.Start(Path.Combine(_folder, "tools", command), ["--help"], _folder, []);
        await tool.WaitForExitAsync(Deadline.Length);

        Assert.Equal(0, tool.ExitCode);
        Assert.Contains($"{command} [command] [options]", tool.Output, StringComparison.Ordinal);
    }

    private async Task DotnetAsync(params string[] arguments)
    {
        await using var run = ChildProcess.Start(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            arguments,
            _folder,
            new Dictionary<string, string?> { ["MSBUILDDISABLENODEREUSE"] = "1", ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0", ["UseSharedCompilation"] = "false" });
        await run.WaitForExitAsync(TimeSpan.FromMinutes(5));
        Assert.True(run.ExitCode == 0, run.Output);
    }
}
