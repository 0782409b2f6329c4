using System.Text.Json;
using YarpWs.Gateway.Tests.Routes;
using static YarpWs.Gateway.Tests.Operator.Verbs.VerbRun;
using static YarpWs.Gateway.Tests.Routes.OperatedGateway;

namespace YarpWs.Gateway.Tests.Operator.Verbs;

public sealed class RouteVerbsTests : IAsyncLifetime
{
    private OperatedGateway _gateway = null!;

    public async ValueTask InitializeAsync() => _gateway = await StartAsync((a, _) => Text(a, "one"));

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    private string Write(string name, string text)
    {
        var file = Path.Combine(_gateway.Directory, name);
        File.WriteAllText(file, Whole(text));
        return file;
    }

    [Fact]
    public async Task Check_OfAGoodFile_EndsWith0()
    {
        var file = Write("good.json", Text(_gateway.A, "api"));

        Assert.Equal((0, $"{file}: 0 errors, 0 warnings.\n", ""), await RunAsync("check", file));
    }

    [Fact]
    public async Task Check_OfAFileWithErrors_SaysThem_AndEndsWith1()
    {
        var file = Write("bad.json", Text(_gateway.A, "api").Replace("ClusterId", "Cluster", StringComparison.Ordinal));

        var (code, output, _) = await RunAsync("check", file);

        Assert.Equal((1, $"{file}:4:14: error: ReverseProxy:Routes:api:Cluster: is called ClusterId.\n{file}: 1 error, 0 warnings.\n"), (code, output));
    }

    [Fact]
    public async Task Check_OfAFileWithWarnings_EndsWith2_WhenItIsStrict()
    {
        var file = Write("warned.json", Text(_gateway.A, "api").Replace("/api/{**rest}", "/api", StringComparison.Ordinal));

        Assert.Equal((0, 2), ((await RunAsync("check", file)).Code, (await RunAsync("check", "--strict", file)).Code));
    }

    [Fact]
    public async Task Check_LooksAtTheOtherSectionsToo()
    {
        var file = Write("other.json", Text(_gateway.A, "api").Replace("\"ReverseProxy\"", "\"Sockets\": { \"IdleTimeout\": \"00:00:01\" }, \"ReverseProxy\"", StringComparison.Ordinal));

        var (code, output, _) = await RunAsync("check", file);

        Assert.Equal(1, code);
        Assert.StartsWith($"{file}:2:31: error: Sockets:IdleTimeout: '00:00:01' is out of bounds", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_InJson_HasTheSameInFields()
    {
        var (code, output, _) = await RunAsync("check", "--json", Write("bad.json", Text(_gateway.A, "api").Replace("http://", "", StringComparison.Ordinal)));

        var found = JsonDocument.Parse(output).RootElement.GetProperty("diagnostics")[0];
        Assert.Equal((1, "error", "ReverseProxy:Clusters:backend:Destinations:a:Address"), (code, found.GetProperty("severity").GetString(), found.GetProperty("key").GetString()));
    }

    [Fact]
    public async Task Plan_SaysWhatWouldChange()
    {
        var file = Write("next.json", Text(_gateway.A, "one", "two"));

        var (code, output, _) = await RunAsync("plan", file, "--admin", _gateway.Admin.ToString());

        Assert.Equal(
            (0, "+ route two, 0 live sockets\n0 live sockets are on what changes. Those whose route or destination is gone, or has another address, are treated as Sockets:OnRemoved says; the others stay.\n"), (code, output));
    }

    [Fact]
    public async Task Plan_OfWhatWouldBeRefused_EndsWith1()
    {
        var file = Write("next.json", Text(_gateway.A, "one").Replace("ClusterId", "Cluster", StringComparison.Ordinal));

        var (code, output, _) = await RunAsync("plan", file, "--admin", _gateway.Admin.ToString());

        Assert.Equal(1, code);
        Assert.StartsWith($"{file}:", output, StringComparison.Ordinal);
        Assert.DoesNotContain(_gateway.File, output, StringComparison.Ordinal);
        Assert.EndsWith("These settings would be refused, and what runs would go on.\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_WhereNoGatewayAnswers_SaysSo()
    {
        var (code, _, error) = await RunAsync("plan", _gateway.File, "--admin", "http://127.0.0.1:1");

        Assert.Equal(1, code);
        Assert.StartsWith("No gateway answers at http://127.0.0.1:1/", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rollback_GoesBack()
    {
        _gateway.Save(Text(_gateway.A, "two"));
        await _gateway.Log.ExpectAsync(Applied);

        var (code, output, _) = await RunAsync("rollback", "1", "--admin", _gateway.Admin.ToString());

        Assert.Equal((0, 200), (code, await _gateway.AskAsync("/one/x")));
        Assert.EndsWith(" run now, as revision 3.\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://localhost/one/x", 0, "Route one leads to cluster backend; authorization anonymous, CORS none.")]
    [InlineData("ws://localhost/two/x", 1, "No route fits; the answer is 404.")]
    public async Task Explain_SaysTheSame_OfTheGatewayThatRuns_AndByItsFile(string url, int expected, string line)
    {
        var running = await RunAsync("explain", url, "--admin", _gateway.Admin.ToString());
        var byFile = await RunAsync("explain", url, Write("same.json", Text(_gateway.A, "one")));

        Assert.Equal((expected, expected), (running.Code, byFile.Code));
        Assert.StartsWith(line, running.Output, StringComparison.Ordinal);
        Assert.Equal(running.Output, byFile.Output);
    }
}
