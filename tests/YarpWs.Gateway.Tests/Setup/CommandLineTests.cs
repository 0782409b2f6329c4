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
    [InlineData("KIND is missing; expected one of openid, proxy, rooms.", "init")]
    [InlineData("KIND: 'nothing' is not known; expected one of openid, proxy, rooms.", "init", "nothing")]
    [InlineData("--authority is for openid; with rooms it would mean nothing.", "init", "rooms", "--authority", "https://login.example.com/")]
    [InlineData("'extra' is one word more than yarpws key takes.", "key", "extra")]
    [InlineData("--algorithm: 'RS1' is not known; expected one of ES256, HS256.", "key", "--algorithm", "RS1")]
    [InlineData("--algorithm needs a value; expected one of ES256, HS256.", "key", "--algorithm")]
    [InlineData("--user needs a value.", "token", "--user")]
    [InlineData("--user: the name is empty; a token says whose it is.", "token", "--user", "")]
    [InlineData("no option '--rolle'; did you mean '--role'?", "token", "--user", "ann", "--rolle", "a")]
    [InlineData("--minutes: 'x' is out of bounds;", "token", "--user", "ann", "--minutes", "x")]
    [InlineData("FILE is missing.", "check")]
    [InlineData("ID: 'x' cannot be read; expected a whole number.", "sockets", "show", "x")]
    [InlineData("--min-age: 'x' cannot be read; expected a number.", "sockets", "--min-age", "x")]
    [InlineData("--rate: 'x' cannot be read; expected a number.", "drain", "a", "--rate", "x")]
    [InlineData("--order: 'last' is not known; expected one of Oldest, Spread.", "drain", "a", "--order", "last")]
    [InlineData("--admin: 'x' is no address; write http://127.0.0.1:9900.", "rollback", "1", "--admin", "x")]
    [InlineData("--before: 'yesterday' is no time;", "revoke", "--user", "ann", "--before", "yesterday")]
    [InlineData("yarpws sockets has no verb 'clsoe'; did you mean 'close'?", "sockets", "clsoe")]
    [InlineData("yarpws import needs a verb; expected one of nginx.", "import")]
    [InlineData("yarpws import has no verb 'apache'; expected one of nginx.", "import", "apache", "httpd.conf")]
    [InlineData("SHELL: 'tcsh' is not known; expected one of bash, fish, zsh.", "completion", "tcsh")]
    [InlineData("no option '--foo';", "--foo")]
    public async Task Words_ThatAreWrong_AreOneLine_WithWhereToRead(string expected, params string[] args)
    {
        var (code, output, error) = await RunAsync(args);

        Assert.Equal((1, ""), (code, output));
        var lines = error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith(expected, lines[0], StringComparison.Ordinal);
        Assert.StartsWith("See yarpws ", Assert.Single(lines[1..]), StringComparison.Ordinal);
    }

    /// <summary>Which is what many other commands take.</summary>
    [Fact]
    public async Task Help_IsAVerbToo()
    {
        Assert.Equal(await RunAsync("--help"), await RunAsync("help"));
        Assert.Equal(await RunAsync("sockets", "close", "--help"), await RunAsync("help", "sockets", "close"));
    }

    [Theory]
    [InlineData("none.conf", "none.conf: no such file; expected an nginx configuration")]
    [InlineData(".", ".: is a directory; expected an nginx configuration")]
    public async Task ConfigurationToImport_ThatIsNone_IsOneLine(string file, string expected)
    {
        var (code, output, error) = await RunAsync("import", "nginx", file, "--output", Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()));

        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
        Assert.Single(error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("plan", "FILE")]
    [InlineData("rollback", "1")]
    [InlineData("explain", "http://a/")]
    [InlineData("revoke", "--everybody")]
    [InlineData("sockets")]
    [InlineData("destinations")]
    public async Task AdminPort_WhereNobodyAnswers_IsTheSameLineForEveryVerb(params string[] args)
    {
        using var file = new TemporaryFile();

        var (code, output, error) = await RunAsync([.. args.Select(arg => arg == "FILE" ? file.Name : arg), "--admin", "http://127.0.0.1:1"]);

        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith("No gateway answers at http://127.0.0.1:1/: ", error, StringComparison.Ordinal);
        Assert.EndsWith($"name another one with --admin.{Environment.NewLine}", error, StringComparison.Ordinal);
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

    private sealed class TemporaryFile : IDisposable
    {
        public string Name { get; } = Path.GetTempFileName();

        public void Dispose() => File.Delete(Name);
    }
}
