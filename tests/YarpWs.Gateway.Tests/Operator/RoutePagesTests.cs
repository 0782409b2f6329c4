using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using YarpWs.Gateway.Tests.Routes;
using static YarpWs.Gateway.Tests.Routes.OperatedGateway;

namespace YarpWs.Gateway.Tests.Operator;

public sealed class RoutePagesTests : IAsyncLifetime
{
    private OperatedGateway _gateway = null!;

    public async ValueTask InitializeAsync() => _gateway = await StartAsync((a, _) => Text(a, "one"), ("Routes:PollInterval", "00:10:00"));

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    private async Task<(HttpStatusCode Status, JsonElement Answer)> PostAsync(string path, string body)
    {
        using var response = await _gateway.Http.PostAsync(new Uri(_gateway.Admin, path), new StringContent(body, Encoding.UTF8, "application/json"), Deadline.Token());
        var text = await response.Content.ReadAsStringAsync(Deadline.Token());
        return (response.StatusCode, response.Content.Headers.ContentType?.MediaType == "application/json" ? JsonDocument.Parse(text).RootElement : JsonSerializer.SerializeToElement(text));
    }

    private async Task<JsonElement> HistoryAsync() => await _gateway.Http.GetFromJsonAsync<JsonElement>(new Uri(_gateway.Admin, "/routes/history"), Deadline.Token());

    [Fact]
    public async Task Plan_SaysWhatChanges_AndHowManySocketsAreOnIt_AndChangesNothing()
    {
        using var socket = await _gateway.ConnectAsync("/one/blue");
        var next = Text(_gateway.B, "two").Replace("\"/two/", "\"/one/", StringComparison.Ordinal).Replace("\"a\"", "\"b\"", StringComparison.Ordinal);

        var (status, plan) = await PostAsync("/routes/plan", next);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(
            ["route one removed 1", "route two added 0", "destination backend/a removed 1", "destination backend/b added 0"],
            plan.GetProperty("changes").EnumerateArray().Select(change => $"{change.GetProperty("what")} {change.GetProperty("id")} {change.GetProperty("kind")} {change.GetProperty("sockets")}"));
        Assert.Equal(1, plan.GetProperty("sockets").GetInt32());
        Assert.Equal(1, (await _gateway.RoutesAsync()).GetProperty("revision").GetInt32());
        await socket.ExpectEchoAsync(1);
    }

    [Fact]
    public async Task Plan_NamesTheKeysThatDiffer_ButNoValueOfATransform()
    {
        var secret = Text(_gateway.A, "one").Replace("\"Match\"", "\"Order\": 3, \"Transforms\": [ { \"RequestHeader\": \"X-Key\", \"Set\": \"hush\" } ], \"Match\"", StringComparison.Ordinal);

        var (_, plan) = await PostAsync("/routes/plan", secret);

        Assert.Equal(["Order: - → 3", "Transforms:0:RequestHeader", "Transforms:0:Set"], plan.GetProperty("changes")[0].GetProperty("keys").EnumerateArray().Select(key => key.GetString()));
        await PostAsync("/routes", secret);
        Assert.DoesNotContain("hush", (await _gateway.RoutesAsync()).GetRawText() + (await HistoryAsync()).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Revision_IsComparedWithWhatRuns()
    {
        await PostAsync("/routes", Text(_gateway.A, "two"));

        var back = await _gateway.Http.GetFromJsonAsync<JsonElement>(new Uri(_gateway.Admin, "/routes/history/1"), Deadline.Token());
        using var unknown = await _gateway.Http.GetAsync(new Uri(_gateway.Admin, "/routes/history/99"), Deadline.Token());

        Assert.Equal(["route two removed", "route one added"], back.GetProperty("changes").EnumerateArray().Select(change => $"{change.GetProperty("what")} {change.GetProperty("id")} {change.GetProperty("kind")}"));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task Post_AppliesAndWritesTheFile()
    {
        var (status, _) = await PostAsync("/routes", Text(_gateway.A, "two"));

        Assert.Equal((HttpStatusCode.OK, 404, 200), (status, await _gateway.AskAsync("/one/x"), await _gateway.AskAsync("/two/x")));
        Assert.Equal(Text(_gateway.A, "two"), await File.ReadAllTextAsync(_gateway.File, Deadline.Token()));
        Assert.Equal("request", (await _gateway.RoutesAsync()).GetProperty("by").GetString());
    }

    [Fact]
    public async Task Post_OfWhatIsWrong_IsAnsweredWithItsFaults_AndChangesNeitherRoutesNorFile()
    {
        var (status, answer) = await PostAsync("/routes", Text(_gateway.A, "two").Replace("ClusterId", "Cluster", StringComparison.Ordinal));

        Assert.Equal((HttpStatusCode.BadRequest, 200), (status, await _gateway.AskAsync("/one/x")));
        Assert.Equal("ReverseProxy:Routes:two:Cluster", answer.GetProperty("diagnostics")[0].GetProperty("key").GetString());
        Assert.Equal(Text(_gateway.A, "one"), await File.ReadAllTextAsync(_gateway.File, Deadline.Token()));
    }

    [Fact]
    public async Task Post_WhereTheFileCannotBeWritten_IsRefused()
    {
        // A directory in the way of the file that is written first keeps even root from writing it.
        Directory.CreateDirectory(Path.Combine(_gateway.Directory, $".gateway.json.{Environment.ProcessId}", "x"));

        var (status, answer) = await PostAsync("/routes", Text(_gateway.A, "two"));

        Assert.Equal((HttpStatusCode.Conflict, 200), (status, await _gateway.AskAsync("/one/x")));
        Assert.StartsWith($"Nothing has changed: {_gateway.File} cannot be written", answer.GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rollback_GoesBack_AndWritesTheFile_AndIsARevisionOfItsOwn()
    {
        await PostAsync("/routes", Text(_gateway.A, "two"));

        var (status, _) = await PostAsync("/routes/rollback", """{"revision": "1"}""");

        Assert.Equal((HttpStatusCode.OK, 200, 404), (status, await _gateway.AskAsync("/one/x"), await _gateway.AskAsync("/two/x")));
        Assert.Equal(Text(_gateway.A, "one"), await File.ReadAllTextAsync(_gateway.File, Deadline.Token()));
        Assert.Equal(["3 rollback", "2 request", "1 start"], (await HistoryAsync()).EnumerateArray().Select(one => $"{one.GetProperty("revision")} {one.GetProperty("by")}"));
    }

    [Theory]
    [InlineData("""{"revision": "7"}""", HttpStatusCode.NotFound)]
    [InlineData("""{"revsion": "1"}""", HttpStatusCode.BadRequest)]
    [InlineData("{}", HttpStatusCode.BadRequest)]
    [InlineData("""{"revision": null}""", HttpStatusCode.BadRequest)]
    [InlineData("not json", HttpStatusCode.BadRequest)]
    public async Task Rollback_ToWhatIsNotThere_IsRefused(string body, HttpStatusCode expected) => Assert.Equal(expected, (await PostAsync("/routes/rollback", body)).Status);

    [Theory]
    [InlineData("/routes")]
    [InlineData("/routes/plan")]
    [InlineData("/routes/rollback")]
    public async Task Change_FromAPageOfAnotherSite_IsRefused(string path)
    {
        var form = new ByteArrayContent(Encoding.UTF8.GetBytes(Text(_gateway.A, "two"))) { Headers = { ContentType = new MediaTypeHeaderValue("text/plain") } };

        using var response = await _gateway.Http.PostAsync(new Uri(_gateway.Admin, path), form, Deadline.Token());

        Assert.Equal((HttpStatusCode.BadRequest, 200), (response.StatusCode, await _gateway.AskAsync("/one/x")));
    }

    [Fact]
    public async Task History_KeepsAsManyAsItIsTold()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"), ("Routes:HistoryLength", "2"));
        foreach (var path in new[] { "two", "three", "four" })
        {
            gateway.Save(Text(gateway.A, path));
            await gateway.Log.ExpectAsync(Applied);
        }

        var history = await gateway.Http.GetFromJsonAsync<JsonElement>(new Uri(gateway.Admin, "/routes/history"), Deadline.Token());

        Assert.Equal([4, 3], history.EnumerateArray().Select(one => one.GetProperty("revision").GetInt32()));
    }

    [Fact]
    public async Task Explain_SaysWhereARequestGoes_AndWhyNowhereElse()
    {
        await PostAsync("/routes", Text(_gateway.A, "one", "two").Replace("\"/two/{**rest}\"", "\"/two/{**rest}\", \"Hosts\": [ \"*.example.com\" ], \"Methods\": [ \"PUT\" ]", StringComparison.Ordinal));

        var (_, one) = await PostAsync("/routes/explain", """{"url": "wss://a.example.com/one/x"}""");
        var (_, host) = await PostAsync("/routes/explain", """{"url": "http://example.com/two/x"}""");
        var (_, method) = await PostAsync("/routes/explain", """{"url": "http://a.example.com/two/x"}""");
        var (_, two) = await PostAsync("/routes/explain", """{"url": "http://a.example.com/two/x", "method": "PUT", "headers": ["X-A: 1"]}""");

        Assert.Equal(("one", "backend", "anonymous"), (one.GetProperty("route").GetString(), one.GetProperty("cluster").GetString(), one.GetProperty("authorizationPolicy").GetString()));
        Assert.Equal($"a: {_gateway.A.Address} (usable)", one.GetProperty("destinations")[0].GetString());
        Assert.Equal("the path /one/x does not fit /two/{**rest}.", one.GetProperty("passedOver")[0].GetProperty("why").GetString());
        Assert.Contains(host.GetProperty("passedOver").EnumerateArray(), other => other.GetProperty("why").GetString() == "the host example.com is none of *.example.com.");
        Assert.Contains(method.GetProperty("passedOver").EnumerateArray(), other => other.GetProperty("why").GetString() == "the method GET is none of PUT.");
        Assert.Equal("two", two.GetProperty("route").GetString());
        Assert.Equal(200, await _gateway.AskAsync("/one/x"));
    }
}
