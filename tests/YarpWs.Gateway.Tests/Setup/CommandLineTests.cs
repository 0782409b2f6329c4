using static YarpWs.Gateway.Tests.Setup.CommandRun;

namespace YarpWs.Gateway.Tests.Setup;

public sealed class CommandLineTests
{
    public static TheoryData<string> Verbs =>
        ["run", "init", "settings", "key", "token", "check", "plan", "explain", "rollback", "revoke", "sockets", "sockets list", "sockets close", "destinations", "drain", "undrain", "completion"];

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Help_OfEachVerb_IsOfItAlone(string verb)
    {
        var (code, output, _) = await RunAsync([.. verb.Split(' '), "--help"]);

        Assert.Equal(0, code);
        Assert.Contains($"\n  yarpws {verb} ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("yarpws [<FILE>]", output, StringComparison.Ordinal);
        Assert.InRange(output.Split("\n  <FILE>").Length, 1, 2);
    }

    [Fact]
    public async Task Help_NamesEveryVerb()
    {
        var (_, output, _) = await RunAsync("--help");

        Assert.All(Verbs.Select(row => row.Data.Split(' ')[0]), verb => Assert.Contains($"\n  {verb} ", output, StringComparison.Ordinal));
        Assert.DoesNotContain("YarpWs.Gateway", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_IsSaid()
    {
        var (code, output, _) = await RunAsync("--version");

        Assert.Equal(0, code);
        Assert.Matches(@"^\d+\.\d+\.\d+", output);
    }

    [Theory]
    [InlineData("chekc", "chekc is no verb and no file; did you mean 'check'?")]
    [InlineData("frobnicate", "frobnicate is no verb and no file; expected one of ")]
    public async Task Verb_ThatIsMisspelt_IsNamed(string verb, string expected)
    {
        var (code, output, error) = await RunAsync(verb, "gateway.json");

        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
        Assert.EndsWith($"See yarpws --help.{Environment.NewLine}", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Option_ThatIsUnknown_IsNamed_WithWhereToRead()
    {
        var (code, output, error) = await RunAsync("check", "--strikt", "gateway.json");

        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith("no option '--strikt'; did you mean '--strict'?", error, StringComparison.Ordinal);
        Assert.EndsWith($"See yarpws check --help.{Environment.NewLine}", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none/none.json")]
    [InlineData("none.json")]
    [InlineData("run", "none/none.json")]
    [InlineData("check", "none/none.json")]
    [InlineData("explain", "http://a/", "none/none.json")]
    [InlineData("plan", "none/none.json")]
    [InlineData("token", "none/none.json", "--user", "ann")]
    public async Task File_ThatIsNotThere_IsOneLine(params string[] args)
    {
        var (code, output, error) = await RunAsync(args);

        Assert.Equal(1, code);
        var lines = (output + error).Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains($"{args.Last(arg => arg.EndsWith(".json", StringComparison.Ordinal))}: no such file", lines[0], StringComparison.Ordinal);
        Assert.InRange(lines.Length, 1, args[0] == "check" ? 2 : 1);
    }

    [Fact]
    public async Task Completion_KnowsVerbsAndOptions()
    {
        Assert.Equal($"check{Environment.NewLine}", (await RunAsync("complete", "9", "yarpws ch")).Output);
        Assert.Equal($"--strict{Environment.NewLine}", (await RunAsync("complete", "17", "yarpws check --st")).Output);
        Assert.Contains("complete -F _yarpws yarpws", (await RunAsync("completion", "bash")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_ArePrinted_AsAFileThatIsGood()
    {
        var directory = Directory.CreateTempSubdirectory("yarpws-settings-");
        try
        {
            var file = Path.Combine(directory.FullName, "all.json");
            await File.WriteAllTextAsync(file, (await RunAsync("settings")).Output, Deadline.Token());

            Assert.Equal(0, (await RunAsync("check", file)).Code);
            Assert.Contains("\"$schema\"", (await RunAsync("settings", "--schema")).Output, StringComparison.Ordinal);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
