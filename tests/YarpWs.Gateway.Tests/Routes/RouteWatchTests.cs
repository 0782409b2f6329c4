using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using YarpWs.Gateway.Routes;
using YarpWs.Gateway.Routes.Text;
using static YarpWs.Gateway.Tests.Routes.OperatedGateway;

namespace YarpWs.Gateway.Tests.Routes;

public sealed class RouteWatchTests
{
    [Fact]
    public async Task SavedFile_IsApplied_WithoutARestart()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"));
        Assert.Equal((200, 404), (await gateway.AskAsync("/one/x"), await gateway.AskAsync("/two/x")));

        gateway.Save(Text(gateway.A, "two"));
        await gateway.Log.ExpectAsync(Applied);

        Assert.Equal((404, 200), (await gateway.AskAsync("/one/x"), await gateway.AskAsync("/two/x")));
        var routes = await gateway.RoutesAsync();
        Assert.Equal(("file", "two"), (routes.GetProperty("by").GetString(), routes.GetProperty("routes")[0].GetProperty("id").GetString()));
    }

    [Fact]
    public async Task File_WrittenInPlace_IsApplied()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"));

        await File.WriteAllTextAsync(gateway.File, Text(gateway.A, "two"), Deadline.Token());
        await gateway.Log.ExpectAsync(Applied);

        Assert.Equal(200, await gateway.AskAsync("/two/x"));
    }

    [Fact]
    public async Task LinkThatIsSwapped_AsMountedVolumesDo_IsFollowed()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"));
        var versions = gateway.Directory;
        foreach (var path in new[] { "one", "two" })
        {
            var version = Directory.CreateDirectory(Path.Combine(versions, "..version_" + path)).FullName;
            await File.WriteAllTextAsync(Path.Combine(version, "gateway.json"), Text(gateway.A, path), Deadline.Token());
        }

        Directory.CreateSymbolicLink(Path.Combine(versions, "..data"), "..version_one");
        File.Delete(gateway.File);
        File.CreateSymbolicLink(gateway.File, Path.Combine("..data", "gateway.json"));
        Directory.Delete(Path.Combine(versions, "..data"));
        Directory.CreateSymbolicLink(Path.Combine(versions, "..data"), "..version_two");
        await gateway.Log.ExpectAsync(Applied);

        Assert.Equal(200, await gateway.AskAsync("/two/x"));
    }

    [Fact]
    public async Task LinkThatIsSwapped_InTheDirectory_IsFollowed()
    {
        var directory = Directory.CreateTempSubdirectory("yarpws-fragments-").FullName;
        await using var gateway = await StartAsync((a, _) => Text(a, "one"), ("Routes:Directory", directory));
        foreach (var path in new[] { "two", "three" })
        {
            var version = Directory.CreateDirectory(Path.Combine(directory, "..version_" + path)).FullName;
            await File.WriteAllTextAsync(
                Path.Combine(version, "more.json"),
                $$"""{ "ReverseProxy": { "Routes": { "{{path}}": { "ClusterId": "backend", "AuthorizationPolicy": "anonymous", "Match": { "Path": "/{{path}}/{**rest}" } } } } }""",
                Deadline.Token());
        }

        Directory.CreateSymbolicLink(Path.Combine(directory, "..data"), "..version_two");
        File.CreateSymbolicLink(Path.Combine(directory, "more.json"), Path.Combine("..data", "more.json"));
        await gateway.Log.ExpectAsync(Applied);
        Assert.Equal((200, 200, 404), (await gateway.AskAsync("/one/x"), await gateway.AskAsync("/two/x"), await gateway.AskAsync("/three/x")));

        Directory.Delete(Path.Combine(directory, "..data"));
        Directory.CreateSymbolicLink(Path.Combine(directory, "..data"), "..version_three");
        await gateway.Log.ExpectAsync(Applied);

        Assert.Equal((200, 404, 200), (await gateway.AskAsync("/one/x"), await gateway.AskAsync("/two/x"), await gateway.AskAsync("/three/x")));
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task DirectoryThatGoes_ChangesNothing_AndIsSaid()
    {
        var fragments = Directory.CreateTempSubdirectory("yarpws-fragments-").FullName;
        await using var gateway = await StartAsync((a, _) => Text(a, "one"), ("Routes:Directory", fragments));

        Directory.Delete(fragments);
        Assert.Contains($"{fragments}: no such directory", await gateway.Log.ExpectAsync(Refused), StringComparison.Ordinal);

        Assert.Equal(200, await gateway.AskAsync("/one/x"));
        Directory.CreateDirectory(fragments);
        await gateway.Log.ExpectAsync(1206);
        Directory.Delete(fragments);
    }

    [Fact]
    public async Task MissingFile_ChangesNothing_AndIsSaidOnce()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"));

        File.Delete(gateway.File);
        var line = await gateway.Log.ExpectAsync(Refused);

        Assert.Contains($"{gateway.File}: no such file", line, StringComparison.Ordinal);
        Assert.Equal(200, await gateway.AskAsync("/one/x"));
        Assert.Equal(200, (int)(await gateway.Http.GetAsync(new Uri(gateway.Admin, "/readyz"), Deadline.Token())).StatusCode);

        gateway.Save(Text(gateway.A, "two"));
        await gateway.Log.ExpectAsync(Applied);
        Assert.Single(gateway.Log.Lines, line => line.Contains("are refused", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{ "ReverseProxy": { "Routes": { "one": { "ClusterId": "back""")]
    [InlineData("""{ "ReverseProxy": { "Routes": { "one": { "ClusterId": "nowhere", "Match": { "Path": "/" } } } } }""")]
    [InlineData("""{ "ReverseProxy": { "Routes": { "one": { "Match": { "Path": "/{broken" } } } } }""")]
    public async Task BadFile_ChangesNothing_AndStandsOnTheAdminPort_UntilAGoodOneComes(string bad)
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"));

        gateway.Save(bad);
        await gateway.Log.ExpectAsync(Refused);

        Assert.Equal(200, await gateway.AskAsync("/one/x"));
        var refused = (await gateway.RoutesAsync()).GetProperty("refused");
        Assert.Equal(gateway.File, refused.GetProperty("diagnostics")[0].GetProperty("file").GetString());

        gateway.Save(Text(gateway.A, "two"));
        await gateway.Log.ExpectAsync(Applied);
        Assert.Equal(JsonValueKind.Null, (await gateway.RoutesAsync()).GetProperty("refused").ValueKind);
    }

    [Fact]
    public async Task FileThatComesBackToWhatRuns_IsNoChange()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"));

        gateway.Save("broken");
        await gateway.Log.ExpectAsync(Refused);
        gateway.Save(Text(gateway.A, "one"));
        await gateway.Log.ExpectAsync(1206);

        Assert.Equal(200, await gateway.AskAsync("/one/x"));
        Assert.Equal(JsonValueKind.Null, (await gateway.RoutesAsync()).GetProperty("refused").ValueKind);
    }

    [Fact]
    public async Task Environment_StaysOverTheFile()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"), ("ReverseProxy:Routes:one:Match:Path", "/from-outside/{**rest}"));

        gateway.Save(Text(gateway.A, "one", "two"));
        await gateway.Log.ExpectAsync(Applied);

        Assert.Equal((404, 200, 200), (await gateway.AskAsync("/one/x"), await gateway.AskAsync("/two/x"), await gateway.AskAsync("/from-outside/x")));
    }

    [Fact]
    public async Task FileThatDiffersAtEveryLook_IsNotTaken_UntilItStays()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"), ("Routes:PollInterval", "01:00:00"));
        using var watch = ActivatorUtilities.CreateInstance<RouteWatch>(gateway.Services);
        for (var version = 0; version < 5; version++)
        {
            gateway.Save(Text(gateway.A, $"version{version}"));
            await watch.LookAsync(Deadline.Token());
            Assert.Equal(404, await gateway.AskAsync($"/version{version}/x"));
        }

        await watch.LookAsync(Deadline.Token());

        Assert.Equal(200, await gateway.AskAsync("/version4/x"));
    }

    [Fact]
    public async Task TextThatWasRead_BeforeARequestWroteTheFile_IsNoChange()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"), ("Routes:PollInterval", "01:00:00"));
        var (table, before) = (gateway.Services.GetRequiredService<RouteTable>(), new RouteFiles(gateway.File, null).Read());
        await table.ReplaceAsync(Encoding.UTF8.GetBytes(Text(gateway.A, "two")), Deadline.Token());

        await table.ApplyAsync(before, Deadline.Token());

        Assert.Equal(200, await gateway.AskAsync("/two/x"));
    }

    [Fact]
    public async Task ReadThatThrows_IsSaid_AndDoesNotEndTheWatch()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"), ("Routes:PollInterval", "01:00:00"));

        // No system has a file of this name, which the platform finds out in a way of its own.
        using var watch = ActivatorUtilities.CreateInstance<RouteWatch>(gateway.Services, new RouteFiles(gateway.File + "\0", null));
        await watch.LookAsync(Deadline.Token());

        await gateway.Log.ExpectAsync(1203);
    }

    [Fact]
    public async Task OtherSectionThatChanges_IsSaidToTakeARestart()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"));

        gateway.Save(Text(gateway.A, "two").Replace("\"ReverseProxy\"", "\"Sockets\": { \"IdleTimeout\": \"00:05:00\" }, \"ReverseProxy\"", StringComparison.Ordinal));

        await gateway.Log.ExpectAsync(1202);
        Assert.Equal(200, await gateway.AskAsync("/two/x"));
    }

    [Fact]
    public async Task Directory_AddsItsFiles_AndLosesThemAgain()
    {
        await using var gateway = await StartAsync(
            (a, _) => Text(a, "one"), ("Routes:Directory", Directory.CreateTempSubdirectory("yarpws-fragments-").FullName is var fragments ? fragments : ""));
        var fragment = Path.Combine(fragments, "two.json");

        Save(fragment, """{ "ReverseProxy": { "Routes": { "two": { "ClusterId": "backend", "AuthorizationPolicy": "anonymous", "Match": { "Path": "/two/{**rest}" } } } } }""");
        await gateway.Log.ExpectAsync(Applied);
        Assert.Equal((200, 200), (await gateway.AskAsync("/one/x"), await gateway.AskAsync("/two/x")));

        Save(fragment, """{ "ReverseProxy": { "Routes": { "ONE": { "ClusterId": "backend", "Match": { "Path": "/other" } } } } }""");
        Assert.Contains($"{fragment}:1:33: error: ReverseProxy:Routes:ONE: this id stands in {gateway.File}:4:5 already", await gateway.Log.ExpectAsync(Refused), StringComparison.Ordinal);

        File.Delete(fragment);
        await gateway.Log.ExpectAsync(Applied);
        Assert.Equal((200, 404), (await gateway.AskAsync("/one/x"), await gateway.AskAsync("/two/x")));
        Directory.Delete(fragments, recursive: true);
    }
}
