using System.Text.RegularExpressions;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Manuals;

/// <summary>
/// The commands of README and the manuals, read from the documents: those that end by themselves and need nothing but the repository are run, in the
/// order in which a reader would; of the others, what they name must be there.
/// </summary>
public sealed partial class CommandTests
{
    private static readonly string[] Documents = ["README.md", "gateway/README.md", "backend/README.md", "docker/README.md"];

    public static TheoryData<string> Named => [.. Documents];

    [Theory]
    [MemberData(nameof(Named))]
    public void Command_NamesProjectsAndFiles_ThatAreThere(string document)
    {
        var missing = CommandsOf(document)
            .SelectMany(command => Paths().Matches(command).Select(match => match.Groups[1].Value.TrimEnd('/')))
            .Where(path => !Path.Exists(Repository.PathOf(path)));

        Assert.Empty(missing);
    }

    [Theory]
    [MemberData(nameof(Named))]
    public async Task Verb_OfYarpws_IsOneThatThereIs(string document)
    {
        var unknown = new List<string>();
        foreach (var command in CommandsOf(document).Where(command => command.StartsWith("yarpws ", StringComparison.Ordinal)))
        {
            var verb = command.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
            if (!verb.Contains('.', StringComparison.Ordinal)
                && await YarpWs.Gateway.YarpwsCommand.Create().InvokeAsync([verb, "--help"], new() { Output = TextWriter.Null, Error = TextWriter.Null }, TestContext.Current.CancellationToken) != 0)
            {
                unknown.Add(command);
            }
        }

        Assert.Empty(unknown);
    }

    /// <summary>In a directory of their own, with the program as it was built.</summary>
    [Fact]
    public async Task CommandsFromNothing_Run_InTheOrderOfTheManual()
    {
        var shell = Requirements.Find("bash", "bash");
        var folder = Directory.CreateTempSubdirectory("yarpws-manual-");
        try
        {
            var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
            var verbs = CommandsOf("gateway/README.md", "yarpws init").Where(command => Setup().IsMatch(command)).ToList();
            Assert.True(verbs.Count >= 5, string.Join('\n', verbs));
            var script = string.Join('\n', (string[])["set -e", $"yarpws() {{ '{dotnet}' '{Path.Combine(AppContext.BaseDirectory, "YarpWs.Gateway.dll")}' \"$@\"; }}", .. verbs]);

            await using var run = ChildProcess.Start(shell, ["-c", script], folder.FullName, []);
            await run.WaitForExitAsync(TimeSpan.FromMinutes(2));

            Assert.True(run.ExitCode == 0, script + "\n" + run.Output);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The lines of fenced blocks, of those that hold a text, that a shell is told; the reader's comments are not.</summary>
    private static IEnumerable<string> CommandsOf(string document, string with = "") =>
        Blocks().Matches(File.ReadAllText(Repository.PathOf(document)))
            .Where(block => block.Value.Contains(with, StringComparison.Ordinal))
            .SelectMany(block => block.Groups[2].Value.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')
                .Where(line => block.Groups[1].Value == "sh" || line.StartsWith("$ ", StringComparison.Ordinal))
                .Select(line => line.StartsWith("$ ", StringComparison.Ordinal) ? line[2..] : line))
            .Select(line => Comment().Replace(line, "").Trim())
            .Where(line => line.Length > 0);

    [GeneratedRegex(@"^```(sh|console)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"(^|\s)#\s.*$")]
    private static partial Regex Comment();

    /// <summary>Paths into the repository, as a reader at its root would type them.</summary>
    [GeneratedRegex(@"(?<![\w/.$-])((?:config|docker|tests|gateway|backend)(?:/[\w.-]+)*/?|dev\.cs)(?![\w-])")]
    private static partial Regex Paths();

    [GeneratedRegex("^yarpws (init|check|token|key|settings)( |$)")]
    private static partial Regex Setup();
}
