using Xunit;

namespace YarpWs.Tests.Redis;

/// <summary>Programs that some tests need and a machine with only the SDK lacks. A missing one skips its tests, or fails them where it is required.</summary>
internal static class Requirements
{
    /// <summary>A list such as <c>redis,chromium</c>: what must be there, so that nothing is skipped unseen.</summary>
    private const string Variable = "YARPWS_TESTS_REQUIRE";

    /// <summary>The program's path. Without it the test ends here, as skipped or as failed.</summary>
    public static string Find(string requirement, params string[] programs)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var path = programs.SelectMany(program => folders.Select(folder => Path.Combine(folder, program))).FirstOrDefault(File.Exists);
        if (path is not null)
        {
            return path;
        }

        var required = (Environment.GetEnvironmentVariable(Variable) ?? "").Split(',');
        Assert.SkipUnless(required.Contains(requirement), $"{programs[0]} is not on the PATH.");
        throw new FileNotFoundException($"{Variable} asks for {requirement}, but none of {string.Join(", ", programs)} is on the PATH.");
    }
}
