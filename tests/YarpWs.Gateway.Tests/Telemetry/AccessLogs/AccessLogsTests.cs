using System.Text.Json;
using YarpWs.Gateway.Tests.Content;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Tests.Telemetry.AccessLogs;

/// <summary>Access logs that the settings name, from the request to the line in the file.</summary>
public sealed class AccessLogsTests
{
    [Fact]
    public async Task Combined_HasTheLineOfEveryAccessLog()
    {
        await using var site = await StartAsync("'File': 'a.log'", SiteGateway.Own("'Answer': { 'Body': 'hello' }, 'AccessLogs': [ 'a' ]"));

        await site.GetAsync("/x?a=1", ("User-Agent", "curl/8"), ("Referer", "https://app.example.com/?token=secret"));

        Assert.Matches(
            @"^127\.0\.0\.1 - - \[\d\d/[A-Z][a-z][a-z]/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] ""GET /x\?a=1 HTTP/1\.1"" 200 5 ""https://app\.example\.com/\?token=\*\*\*"" ""curl/8""$", await site.LineAsync("a.log"));
    }

    [Fact]
    public async Task Json_IsAnObject_WithNumbers_AndNullWhereThereIsNothing()
    {
        await using var site = await StartAsync("'File': 'a.log', 'Format': 'json'", SiteGateway.Forwarded("'AccessLogs': [ 'a' ]"));

        await site.GetAsync("/x", ("User-Agent", "a\"b"));

        using var line = JsonDocument.Parse(await site.LineAsync("a.log"));
        var root = line.RootElement;
        Assert.Equal(200, root.GetProperty("status").GetInt32());
        Assert.Equal("a\"b", root.GetProperty("http_user_agent").GetString());
        Assert.Equal("a", root.GetProperty("destination").GetString());
        Assert.InRange(root.GetProperty("upstream_response_time").GetDouble(), 0, root.GetProperty("request_time").GetDouble());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("remote_user").ValueKind);
        Assert.Equal(JsonValueKind.Null, root.GetProperty("socket_code").ValueKind);
    }

    [Fact]
    public async Task Fields_MayBeChosen()
    {
        await using var site = await StartAsync("'File': 'a.log', 'Format': 'json', 'Fields': [ 'status', 'http_x_tenant' ]", SiteGateway.Own("'Answer': { }, 'AccessLogs': [ 'a' ]"));

        await site.GetAsync("/", ("X-Tenant", "blue"));

        Assert.Equal("""{"status":200,"http_x_tenant":"blue"}""", await site.LineAsync("a.log"));
    }

    [Fact]
    public async Task Bytes_AreThoseOfTheBody_AsTheyWereSent()
    {
        await using var site = await StartAsync(
            "'File': 'a.log', 'Format': '$request_method $status $body_bytes_sent'",
            SiteGateway.Files().Replace("'Files'", "'AccessLogs': [ 'a' ], 'Compression': { 'MinLength': 1 }, 'Files'", StringComparison.Ordinal),
            ("www/a.txt", new string('a', 100_000)));

        await site.GetAsync("/a.txt");
        (await site.AskAsync(HttpMethod.Head, "/a.txt")).Dispose();
        using var compressed = await site.AskAsync("/a.txt", ("Accept-Encoding", "br"));
        var bytes = (await compressed.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length;

        Assert.Equal(["GET 200 100000", "HEAD 200 0", $"GET 200 {bytes}"], await site.LinesAsync("a.log"));
        Assert.InRange(bytes, 1, 1000);
    }

    [Fact]
    public async Task Off_HasNoLine_AndOthersHaveTheirs()
    {
        await using var site = await StartAsync(
            "'File': 'a.log', 'Format': '$request_uri'",
            $"{SiteGateway.Own("'Answer': { }, 'AccessLogs': [ 'off' ]", "/quiet", "quiet")}, {SiteGateway.Own("'Answer': { }, 'AccessLogs': [ 'a' ]", "/loud", "loud")}");

        await site.GetAsync("/quiet");
        await site.GetAsync("/loud");

        Assert.Equal("/loud", await site.LineAsync("a.log"));
        Assert.DoesNotContain(site.Gateway.Log.Lines, line => line.StartsWith("YarpWs.Gateway.Access:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Default_HasWhatNoRouteSaysOtherwise_AndWhatNoRouteTakes()
    {
        await using var site = await SiteGateway.StartWithAsync(
            "'AccessLogs': { 'Default': [ 'a', 'console' ], 'Logs': { 'a': { 'File': 'a.log', 'Format': '$request_uri $status $body_bytes_sent' } } }", SiteGateway.Own("'Answer': { 'Body': 'x' }", "/x"));

        await site.GetAsync("/x");
        await site.GetAsync("/none");

        Assert.Collection(await site.LinesAsync("a.log"), line => Assert.Equal("/x 200 1", line), line => Assert.Matches("^/none 404 [1-9]", line));
        Assert.Contains("GET /x 200", await site.Gateway.Log.ExpectAsync(1900), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Socket_HasOneLine_WhenItIsOver()
    {
        await using var site = await StartAsync(
            "'File': 'a.log', 'Format': '$request_method $request_uri $status $socket_code $socket_closer $messages_received $messages_sent $http_x_tenant'", SiteGateway.Forwarded("'AccessLogs': [ 'a' ]"));
        using (var socket = await site.Gateway.ConnectAsync("/ws?access_token=eyJhbGciOiJIUzI1NiJ9.e30.c2ln&a=1", options => options.SetRequestHeader("X-Tenant", "blue")))
        {
            await socket.SendAsync("hello"u8.ToArray(), System.Net.WebSockets.WebSocketMessageType.Text, true, Deadline.Token());
            await socket.CloseAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, "", Deadline.Token());
        }

        Assert.Matches(@"^GET /ws\?access_token=\*\*\*&a=1 101 1000 client 1 \d+ blue$", await site.LineAsync("a.log"));
        Assert.DoesNotContain(site.Gateway.Log.Lines, line => line.StartsWith("YarpWs.Gateway.Access:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RequestCannotForgeALine()
    {
        await using var site = await StartAsync("'File': 'a.log', 'Format': '$request_method $request_uri $status $body_bytes_sent $route |$http_user_agent|'", SiteGateway.Own("'Answer': { }, 'AccessLogs': [ 'a' ]"));

        await site.Gateway.SendRawAsync("GET /a%0d%0aGET%20/b HTTP/1.1", "Host: a.example", "User-Agent: x\u001b[2K\u0085\u00e2\u0080\u00a8 GET /forged 200");

        Assert.Equal(@"GET /a%0d%0aGET%20/b 200 0 r |x\x1B[2K\x85\xE2\x80\xA8 GET /forged 200|", await site.LineAsync("a.log"));
    }

    [Theory]
    [InlineData("'Default': [ 'b' ]", "AccessLogs:Default:0", "no log 'b'")]
    [InlineData("'Default': [ 'off', 'a' ], 'Logs': { 'a': { } }", "AccessLogs:Default:0", "'off' stands beside other logs")]
    [InlineData("'Logs': { 'off': { } }", "AccessLogs:Logs:off", "has a meaning of its own")]
    [InlineData("'Logs': { 'a': { 'Format': '$no_such' } }", "AccessLogs:Logs:a:Format", "no variable '$no_such'")]
    [InlineData("'Logs': { 'a': { 'Format': '$http_authorization' } }", "AccessLogs:Logs:a:Format", "leave it out")]
    [InlineData("'Logs': { 'a': { 'Format': '$http_cookie' } }", "AccessLogs:Logs:a:Format", "leave it out")]
    [InlineData("'Logs': { 'a': { 'Format': '$cookie_a' } }", "AccessLogs:Logs:a:Format", "leave it out")]
    [InlineData("'Logs': { 'a': { 'Format': '$arg_access_token' } }", "AccessLogs:Logs:a:Format", "leave it out")]
    [InlineData("'Logs': { 'a': { 'Format': '$http_sec_websocket_protocol' } }", "AccessLogs:Logs:a:Format", "leave it out")]
    [InlineData("'Logs': { 'a': { 'Format': '$sent_http_set_cookie' } }", "AccessLogs:Logs:a:Format", "leave it out")]
    [InlineData("'Logs': { 'a': { 'Format': 'a\\nb' } }", "AccessLogs:Logs:a:Format", "a line is one line")]
    [InlineData("'Logs': { 'a': { 'Format': 'json', 'Fields': [ 'status\\'' ] } }", "AccessLogs:Logs:a:Fields", "no name of a variable")]
    public async Task SettingThatIsWrong_StopsTheStart_AndIsNamed(string text, string key, string says)
    {
        var exception = await Assert.ThrowsAsync<InvalidSettingException>(() => SiteGateway.StartWithAsync($"'AccessLogs': {{ {text} }}".Replace("\\'", "\\\"", StringComparison.Ordinal), SiteGateway.Own("'Answer': { }")));

        Assert.Equal(key, exception.Key);
        Assert.Contains(says, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileInAFolderThatIsNotThere_StopsTheStart()
    {
        var exception = await Assert.ThrowsAsync<InvalidSettingException>(() => StartAsync("'File': 'none/a.log'", SiteGateway.Own("'Answer': { }")));

        Assert.Equal("AccessLogs:Logs:a:File", exception.Key);
    }

    [Fact]
    public async Task RouteWithALogThatIsNone_IsRefused()
    {
        var exception = await Assert.ThrowsAsync<RefusedSettingsException>(() => StartAsync("'File': 'a.log'", SiteGateway.Own("'Answer': { }, 'AccessLogs': [ 'b' ]")));

        Assert.Contains("no log 'b'", Assert.Single(exception.Diagnostics, one => one.Severity == Severity.Error).Message, StringComparison.Ordinal);
    }

    private static Task<SiteGateway> StartAsync(string log, string routes, params (string Name, string Text)[] files) =>
        SiteGateway.StartWithAsync($"'AccessLogs': {{ 'Logs': {{ 'a': {{ {log} }} }} }}", routes, files);
}

internal static class LinesOfSite
{
    public static async Task<string> LineAsync(this SiteGateway site, string file) => Assert.Single(await site.LinesAsync(file));

    /// <summary>Ends the gateway, so that what it has to say of its requests is written, and returns the lines of a file.</summary>
    public static async Task<string[]> LinesAsync(this SiteGateway site, string file)
    {
        await site.Gateway.StopAsync();
        await site.Gateway.DisposeAsync();
        return (await File.ReadAllTextAsync(site.PathOf(file), Deadline.Token())).Split('\n')[..^1];
    }
}
